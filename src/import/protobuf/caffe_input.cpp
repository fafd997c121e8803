#include "import/protobuf/caffe_input.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/protobuf/caffe_layers.hpp"
#include "import/protobuf/caffe_weights.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Mean = std::array<double, 3>;

constexpr const char* kPreset = "caffe";
constexpr std::int64_t kMaxSide = 65535;
constexpr int kDefaultSide = 227;

// Digits enough for the numbers that people write into a file as float32.
std::string text(double value, const char* format = "%.8g") {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string text(const Mean& mean) { return text(mean[0]) + ", " + text(mean[1]) + ", " + text(mean[2]); }

// Calls use(layer) for the layers that read images, those of phase TEST first, until it returns true.
template <class Use>
void find_data_layer(const CaffeFile& network, const Use& use) {
  for (const bool test : {true, false})
    for (const caffe::LayerParameter& layer : network.net.layer())
      if (is_data_layer(layer) && is_in_test_phase(layer) == test && use(layer)) return;
}

Shape to_shape(const Dims& dims, const CaffeFile& network, const std::string& place) {
  const auto fail = [&](const std::string& reason) {
    throw ModelError(network.path, place, "is " + to_string(dims) + ", " + reason);
  };
  if (dims.size() != 4) fail("must have four dimensions: images, channels, height, width");
  for (std::size_t i = 1; i < dims.size(); ++i)
    if (dims[i] < 1 || dims[i] > kMaxSide) fail("must be 1 to " + std::to_string(kMaxSide) + " along each");
  if (dims[1] * dims[2] > kMaxElements / dims[3])
    fail("is more than " + std::to_string(kMaxElements) + " elements");
  return {static_cast<int>(dims[1]), static_cast<int>(dims[2]), static_cast<int>(dims[3])};
}

// The means of the three channels of a mean file: the whole mean image is not subtracted, for photos of another size
// than the training's would have to be prepared by it.
Mean read_mean_file(const fs::path& file) {
  const caffe::BlobProto blob = read_binaryproto(file);
  const Dims dims = blob_dims(blob, file.string(), "shape");
  const bool of_photos = dims.size() >= 3 && dims[dims.size() - 3] == 3 &&
                         (dims.size() == 3 || (dims.size() == 4 && dims[0] == 1));
  if (!of_photos)
    throw ModelError(file.string(), "shape",
                     "is " + to_string(dims) + "; the mean of photos is 1 x 3 x height x width");
  const bool doubles = blob.double_data_size() > 0;
  const int plane = (doubles ? blob.double_data_size() : blob.data_size()) / 3;
  Mean mean{};
  for (int channel = 0; channel < 3; ++channel) {
    double sum = 0;
    for (int i = channel * plane; i < (channel + 1) * plane; ++i)
      sum += doubles ? blob.double_data(i) : static_cast<double>(blob.data(i));
    mean[static_cast<std::size_t>(channel)] = sum / plane;
  }
  for (const double value : mean)
    if (!std::isfinite(value)) throw ModelError(file.string(), "data", "its mean is not a finite number");
  return mean;
}

// What the network's file says of photos: value = (pixel - mean) * scale.
struct Transformation {
  std::string place;
  Mean mean{};
  double scale = 1;
};

std::optional<Transformation> find_transformation(const CaffeFile& network) {
  std::optional<Transformation> found;
  find_data_layer(network, [&](const caffe::LayerParameter& layer) {
    const caffe::TransformationParameter& p = layer.transform_param();
    const int means = p.mean_value_size();
    const bool subtracts_nothing = means == 0 && p.has_scale() && !p.has_mean_file();
    if (means != 1 && means != 3 && !subtracts_nothing) return false;
    found = {layer_place(layer) + ".transform_param", {}, static_cast<double>(p.scale())};
    for (int i = 0; i < 3 && !subtracts_nothing; ++i) {
      const float mean = p.mean_value(means == 1 ? 0 : i);
      if (!std::isfinite(mean))
        throw ModelError(network.path, found->place + ".mean_value", "is not a finite number");
      found->mean[static_cast<std::size_t>(i)] = static_cast<double>(mean);
    }
    if (!std::isfinite(found->scale) || found->scale <= 0)
      throw ModelError(network.path, found->place + ".scale", "must be greater than 0");
    return true;
  });
  return found;
}

// The three numbers, or what a mean file makes of them.
Mean given_mean(Model& model, const ImportOptions& options) {
  if (const auto mean = parse_mean(options.mean)) return *mean;
  if (!fs::exists(options.mean))
    throw ModelError(model.path.string(), "mean",
                     "'" + escape_for_terminal(options.mean, kExcerpt) +
                         "' is neither three numbers, blue,green,red, nor a file");
  if (!options.preset.empty() && options.preset != kPreset)
    throw ModelError(options.mean, "", "a mean file is for the preset caffe, not for " + options.preset);
  const Mean mean = read_mean_file(options.mean);
  model.notes.push_back("of the mean image in " + options.mean + " the mean of each channel is subtracted, " +
                        text(mean));
  return mean;
}

}  // namespace

Shape caffe_input_shape(const CaffeFile& network, std::vector<std::string>& notes) {
  const caffe::NetParameter& net = network.net;
  if (net.input_shape_size() > 0)
    return to_shape({net.input_shape(0).dim().begin(), net.input_shape(0).dim().end()}, network,
                    "input_shape");
  if (net.input_dim_size() > 0)
    return to_shape({net.input_dim().begin(), net.input_dim().end()}, network, "input_dim");
  for (const caffe::LayerParameter& layer : net.layer())
    if (layer.type() == "Input" && is_in_test_phase(layer) && layer.input_param().shape_size() > 0)
      return to_shape({layer.input_param().shape(0).dim().begin(), layer.input_param().shape(0).dim().end()},
                      network, layer_place(layer) + ".input_param.shape");
  Shape shape{3, kDefaultSide, kDefaultSide};
  bool said = false;
  find_data_layer(network, [&](const caffe::LayerParameter& layer) {
    for (const std::uint32_t crop : {layer.transform_param().crop_size(), layer.data_param().crop_size(),
                                     layer.image_data_param().crop_size()}) {
      if (crop == 0) continue;
      shape = to_shape({1, 3, crop, crop}, network, layer_place(layer) + ".crop_size");
      return said = true;
    }
    return false;
  });
  if (!said) notes.emplace_back("the file does not say how large the input is: taken as 3 x 227 x 227");
  return shape;
}

void set_caffe_input(Model& model, const ImportOptions& options, const CaffeFile& network, Size2 size) {
  ImportOptions known = options;
  if (known.preset.empty()) known.preset = kPreset;
  known.mean.clear();
  set_input(model, known, kPreset, size);
  image::Preprocess& input = model.description.input;
  const auto said = options.preset.empty() ? find_transformation(network) : std::nullopt;
  if (said) {
    input.mean = said->mean;
    input.std.fill(1 / said->scale);
  }
  if (!options.mean.empty()) input.mean = given_mean(model, options);
  if (!options.preset.empty()) return;
  std::string note =
      said ? "photos are prepared as " + said->place + " says"
           : std::string("the file does not say how photos are prepared: as Caffe's programs do");
  note += ", in the order blue, green, red, minus " + text(input.mean);
  if (!said && options.mean.empty()) note += ", the means of BVLC's networks (--mean gives others)";
  if (said && said->scale != 1) note += ", times " + text(said->scale, "%.6g");
  model.notes.push_back(note);
}

}  // namespace alexnet
