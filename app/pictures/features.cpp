#include "pictures/features.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "alexnet/error.hpp"
#include "image/draw.hpp"
#include "image/save.hpp"
#include "print/grid.hpp"
#include "print/json.hpp"
#include "print/pictures.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"

namespace alexnet::app {
namespace {

struct Map {
  int channel = 0;
  int y = 0, x = 0;  // position of the maximum
  float max = 0.0F;
  double mean = 0.0;
};

// Returns all maps, sorted by their maximum, largest first. Equal maps are sorted by channel; NaN is last.
std::vector<Map> strongest_first(std::span<const float> values, const Shape& shape) {
  std::vector<Map> maps;
  for (int channel = 0; channel < shape.channels; ++channel) {
    const auto plane = plane_of(values, shape, channel);
    const auto at = static_cast<int>(std::ranges::max_element(plane) - plane.begin());
    maps.push_back({channel, at / shape.width, at % shape.width, plane[static_cast<std::size_t>(at)],
                    std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size())});
  }
  std::ranges::stable_sort(maps, [](const Map& a, const Map& b) {
    return a.max > b.max || (std::isnan(b.max) && !std::isnan(a.max));
  });
  return maps;
}

// The photo as the network sees it, and the output of the last layer.
struct LayerOutput {
  image::Image photo;
  std::vector<float> values;
};

LayerOutput run_to_layer(const Model& model, const FeaturesOptions& options) {
  const Network network = make_network(model, options.seed);
  Workspace workspace(network, 1);
  PhotoInput photo =
      read_photo_input(options.image, model.description.input, options.reading, workspace.input().data());
  const std::span<const float> out = network.forward(workspace, 1);
  return {std::move(photo.crops.front()), {out.begin(), out.end()}};
}

image::Image picture(const LayerOutput& output, const Shape& shape, std::span<const Map> maps, int zoom) {
  const float scale_max = maps.front().max;
  const Size2 size{shape.height, shape.width};
  std::vector<image::Image> tiles;
  std::vector<std::string> channels;
  for (const Map& map : maps) {
    const auto plane = plane_of(output.values, shape, map.channel);
    std::vector<float> shares(plane.begin(), plane.end());
    for (float& value : shares) value = scale_max > 0 ? value / scale_max : 0.0F;
    tiles.push_back(image::heat(shares, size));
    channels.push_back(std::to_string(map.channel));
  }
  Grid grid{columns_for(maps.size()), zoom};
  if (zoom == 0) grid.zoom = zoom_for(size, maps.size(), grid.columns);
  return beside(output.photo, with_scale(draw(grid, tiles, channels),
                                         scale_max > 0 ? number(static_cast<double>(scale_max)) : "0"));
}

nlohmann::ordered_json maps_json(const FeaturesOptions& options, const Model& model, const Layer& layer,
                                 std::span<const Map> maps) {
  nlohmann::ordered_json json = path_json(options.image);
  json["model"] = utf8(model.description.name);
  json["layer"] = utf8(layer.name);
  json["shape"] = {layer.out.channels, layer.out.height, layer.out.width};
  json["maps"] = nlohmann::ordered_json::array();
  for (const Map& map : maps)
    json["maps"].push_back(
        {{"channel", map.channel}, {"max", map.max}, {"at", {map.y, map.x}}, {"mean", map.mean}});
  return json;
}

std::string maps_text(std::span<const Map> maps, const Style& style) {
  using Align = Table::Align;
  Table table({{"rank", Align::right},
               {"channel", Align::right},
               {"max", Align::right},
               {"at y,x", Align::right},
               {"mean", Align::right}});
  for (std::size_t i = 0; i < maps.size(); ++i)
    table.add({std::to_string(i + 1), std::to_string(maps[i].channel),
               number(static_cast<double>(maps[i].max)),
               std::to_string(maps[i].y) + "," + std::to_string(maps[i].x), number(maps[i].mean)});
  return table.text(style);
}

}  // namespace

int run_features(const FeaturesOptions& options, ColorMode color) {
  OverwriteGuard guard;
  guard.add_side_file(options.output, FileKind::picture);
  guard.check_input(options.image);
  const Model model = truncated_after(options.model.open(), options.layer);
  guard.check_input(model, options.model.import);
  const Layer& layer = model.description.layers.back();
  if (layer.out.plane() == 1)
    throw UsageError("--layer: the outputs of " + in_quotes(layer.name) + " (" +
                     std::string(type_name(layer.params)) + ", " + to_string(layer.out) +
                     ") are single numbers, not maps");
  print_notes(model);
  OptionalFile file(options.output);
  LayerOutput output;
  try {
    output = run_to_layer(model, options);
  } catch (const ImageError& e) {
    print_failure(options.image, e);
    return kImagesFailed;
  }
  std::vector<Map> maps = strongest_first(output.values, layer.out);
  if (options.maps) maps.resize(std::min(maps.size(), static_cast<std::size_t>(*options.maps)));
  Output out;
  out.write(options.json ? dump(maps_json(options, model, layer, maps)) + "\n"
                         : maps_text(maps, style_for(color, out.is_terminal())));
  out.flush();
  file.write(image::encode_png(options.output, picture(output, layer.out, maps, options.zoom)));
  return kWell;
}

}  // namespace alexnet::app
