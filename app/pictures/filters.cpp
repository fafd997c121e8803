#include "pictures/filters.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "layers/layers.hpp"
#include "network/model.hpp"
#include "print/grid.hpp"
#include "print/pictures.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"

namespace alexnet::app {
namespace {

// Default number of kernels, and of channels, in a grid of grey pictures: about as many as a screen shows
// clearly.
constexpr int kGreyLimit = 32;

std::string convolutions(const std::vector<Layer>& layers) {
  std::string names;
  for (const Layer& layer : layers)
    if (std::holds_alternative<Conv>(layer.params))
      names += (names.empty() ? "" : ", ") + escape_for_terminal(layer.name, kExcerpt);
  return names;
}

// Returns the layer of this name, or the first convolution if the name is "". Throws ModelError if there is
// no such layer, and UsageError if it is not a convolution, or if the model has none.
const Layer& choose(const Model& model, const std::string& name) {
  const std::vector<Layer>& layers = model.description.layers;
  const std::string known = convolutions(layers);
  if (known.empty())
    throw UsageError(escape_for_terminal(model.description.name) + ": has no convolution to draw");
  if (name.empty())
    return *std::ranges::find_if(layers,
                                 [](const Layer& l) { return std::holds_alternative<Conv>(l.params); });
  const Layer& layer = layers[layer_index(model, name)];
  if (!std::holds_alternative<Conv>(layer.params))
    throw UsageError("--layer: " + in_quotes(name) + " (" + std::string(type_name(layer.params)) +
                     ") has no kernels; the convolutions are " + known);
  return layer;
}

std::vector<image::Image> grey_tiles(std::span<const double> kernel, Size2 size, int channels) {
  const double max = max_magnitude(kernel);
  const auto plane = static_cast<std::size_t>(size.h) * static_cast<std::size_t>(size.w);
  std::vector<image::Image> tiles;
  tiles.reserve(static_cast<std::size_t>(channels));
  for (int c = 0; c < channels; ++c)
    tiles.push_back(kernel_in_grey(kernel.subspan(static_cast<std::size_t>(c) * plane, plane), max, size));
  return tiles;
}

struct Sheet {
  image::Image picture;
  std::string text;  // one line that describes the picture
};

Sheet draw_layer(const FiltersOptions& options, const Model& model, const Layer& layer) {
  const auto& conv = std::get<Conv>(layer.params);
  const std::shared_ptr<Weights> weights = weights_of(model, options.seed);
  const std::vector<double> values = [&] {
    const auto all = weights->fetch(weight_specs(layer)[0]);
    return std::vector<double>(all.begin(), all.end());
  }();
  const int channels = layer.in.channels / conv.group;
  const bool colour = layer.name == model.description.layers.front().name && channels == 3;
  if (colour && options.channels)
    throw UsageError("--channels: does not apply to " + in_quotes(layer.name) +
                     ": its kernels are drawn in colour, with all three channels in one");
  const int kernels = std::min(options.kernels.value_or(colour ? conv.output : kGreyLimit), conv.output);
  const int drawn = colour ? channels : std::min(options.channels.value_or(kGreyLimit), channels);
  const std::size_t size = values.size() / static_cast<std::size_t>(conv.output);
  std::vector<image::Image> tiles;
  for (int k = 0; k < kernels; ++k) {
    const auto kernel = std::span(values).subspan(static_cast<std::size_t>(k) * size, size);
    if (colour) {
      tiles.push_back(
          kernel_in_colours(kernel, conv.kernel, model.description.input.order == image::ChannelOrder::bgr));
    } else {
      std::ranges::move(grey_tiles(kernel, conv.kernel, drawn), std::back_inserter(tiles));
    }
  }
  Grid grid{colour ? columns_for(tiles.size()) : drawn, options.zoom};
  if (grid.zoom == 0) grid.zoom = zoom_for(conv.kernel, tiles.size(), grid.columns);
  std::string text = escape_for_terminal(layer.name) + " of " + escape_for_terminal(model.description.name) +
                     ": " + std::to_string(kernels);
  if (kernels < conv.output) text += " of " + std::to_string(conv.output);
  text += " kernels, " + std::to_string(conv.kernel.h) + " x " + std::to_string(conv.kernel.w) + ", ";
  text += colour
              ? "as colours, " + std::to_string(grid.columns) + " a row"
              : "a row each with " + std::to_string(drawn) + " of " + std::to_string(channels) + " channels";
  if (!colour && (kernels < conv.output || drawn < channels)) text += "; --kernels and --channels draw more";
  return {draw(grid, tiles), text};
}

}  // namespace

int run_filters(const FiltersOptions& options) {
  OverwriteGuard guard;
  guard.add_side_file(options.output, FileKind::picture);
  const Model model = options.model.open();
  guard.check_input(model, options.model.import);
  const Layer& layer = choose(model, options.layer);
  print_notes(model);
  const Sheet sheet = draw_layer(options, model, layer);
  image::save_png(options.output, sheet.picture);
  print_message(escape_for_terminal(options.output) + ": " + sheet.text);
  return kWell;
}

}  // namespace alexnet::app
