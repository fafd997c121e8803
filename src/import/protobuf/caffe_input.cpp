#include "import/protobuf/caffe_input.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/photo_input.hpp"
#include "import/protobuf/caffe_layers.hpp"
#include "import/protobuf/caffe_weights.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Mean = std::array<double, 3>;

constexpr const char* kPreset = "caffe";
constexpr std::int64_t kMaxSide = 65535;
constexpr int kDefaultSide = 227;

// Prints enough digits for the float32 numbers that people write into files.
std::string text(double value, const char* format = "%.8g") {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string text(const Mean& mean, int channels) {
  return text(mean[0]) + (channels == 1 ? "" : ", " + text(mean[1]) + ", " + text(mean[2]));
}

// Returns the layer that reads the photos: one of phase TEST, else one of phase TRAIN, else null.
const caffe::LayerParameter* find_data_layer(const CaffeFile& network) {
  for (const bool test : {true, false})
    for (const caffe::LayerParameter& layer : network.net.layer())
      if (is_data_layer(layer) && is_in_test_phase(layer, network) == test) return &layer;
  return nullptr;
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

// Returns the mean of each channel of a mean file. The mean image itself is not subtracted, because photos of
// another size would have to be prepared for it.
Mean read_mean_file(const fs::path& file, int channels) {
  const caffe::BlobProto blob = read_binaryproto(file);
  const Dims dims = blob_dims(blob, file.string(), "shape");
  const bool of_photos = dims.size() >= 3 && dims[dims.size() - 3] == channels &&
                         (dims.size() == 3 || (dims.size() == 4 && dims[0] == 1));
  if (!of_photos)
    throw ModelError(file.string(), "shape",
                     "is " + to_string(dims) + "; the mean of photos is 1 x " + std::to_string(channels) +
                         " x height x width");
  const bool doubles = blob.double_data_size() > 0;
  const int plane = (doubles ? blob.double_data_size() : blob.data_size()) / channels;
  Mean mean{};
  for (int channel = 0; channel < channels; ++channel) {
    double sum = 0;
    for (int i = channel * plane; i < (channel + 1) * plane; ++i)
      sum += doubles ? blob.double_data(i) : static_cast<double>(blob.data(i));
    mean[static_cast<std::size_t>(channel)] = sum / plane;
  }
  if (channels == 1) mean.fill(mean[0]);
  for (const double value : mean)
    if (!std::isfinite(value)) throw ModelError(file.string(), "data", "its mean is not a finite number");
  return mean;
}

// The preparation of photos by the data layer: value = (pixel - mean) * scale.
struct Transformation {
  std::string place;
  Mean mean{};
  double scale = 1;
  std::string mean_file;          // name of the mean file; "" if there is none
  std::optional<Size2> resize{};  // resize before the crop
};

// Returns true if the layer turns photos grey.
bool is_grey(const caffe::LayerParameter& layer) {
  return layer.transform_param().force_gray() || !layer.image_data_param().is_color();
}

std::optional<Size2> new_size(const CaffeFile& network, const caffe::LayerParameter& layer) {
  const caffe::ImageDataParameter& p = layer.image_data_param();
  if (layer.type() != "ImageData" || (p.new_height() == 0 && p.new_width() == 0)) return std::nullopt;
  const Shape size = to_shape({1, 3, p.new_height(), p.new_width()}, network,
                              layer_place(layer) + ".image_data_param.new_height and new_width");
  return Size2{size.height, size.width};
}

// Returns the preparation of photos, or nullopt if the file does not describe it. A layer that gets its
// photos from a program describes it only if it has a transform_param.
std::optional<Transformation> find_transformation(const CaffeFile& network, int channels) {
  const caffe::LayerParameter* const layer = find_data_layer(network);
  const auto reads_photos = [](const std::string& type) {
    return type == "Data" || type == "ImageData" || type == "WindowData";
  };
  if (layer == nullptr || (!reads_photos(layer->type()) && !layer->has_transform_param()))
    return std::nullopt;
  refuse_unknown_fields(network, layer);
  const caffe::TransformationParameter& p = layer->transform_param();
  Transformation found{layer_place(*layer) + ".transform_param",
                       {},
                       static_cast<double>(p.scale()),
                       p.mean_file(),
                       new_size(network, *layer)};
  const auto fail = [&](const char* field, const std::string& reason) {
    throw ModelError(network.path, found.place + "." + field, reason);
  };
  if (!std::isfinite(found.scale) || found.scale <= 0) fail("scale", "must be greater than 0");
  if (channels == 3 && is_grey(*layer))
    fail(p.force_gray() ? "force_gray" : "is_color", "makes photos grey, but the input has 3 channels");
  const int means = p.mean_value_size();
  if (means > 0 && p.has_mean_file())
    fail("mean_value", "is given beside mean_file; Caffe takes one of them");
  if (means != 0 && means != 1 && means != channels)
    fail("mean_value", "is there " + std::to_string(means) + " times, must be 1" +
                           (channels == 1 ? "" : " or 3: a number for each channel"));
  for (int i = 0; i < 3 && means > 0; ++i) {
    const float mean = p.mean_value(means == 1 ? 0 : i);
    if (!std::isfinite(mean)) fail("mean_value", "is not a finite number");
    found.mean[static_cast<std::size_t>(i)] = static_cast<double>(mean);
  }
  return found;
}

// An input size in the file, and its location.
struct SaidSize {
  std::string place;
  Shape shape;
};

// Returns the size of the layer's crop, else the size to which it resizes, else the size of its data.
std::optional<SaidSize> size_of_data(const CaffeFile& network, const caffe::LayerParameter& layer) {
  const std::string place = layer_place(layer);
  const std::uint32_t crop = layer.transform_param().crop_size();
  const auto said = [&](const char* field, const Dims& dims) {
    const std::string at = place + "." + field;
    SaidSize size{at, to_shape(dims, network, at)};
    if (crop != 0 && Shape{size.shape.channels, static_cast<int>(crop), static_cast<int>(crop)} != size.shape)
      throw ModelError(network.path, at,
                       "is " + to_string(size.shape) + ", but crop_size is " + std::to_string(crop));
    return size;
  };
  if (layer.type() == "MemoryData") {
    const caffe::MemoryDataParameter& p = layer.memory_data_param();
    if (p.has_channels() || p.has_height() || p.has_width())
      return said("memory_data_param", {1, p.channels(), p.height(), p.width()});
  }
  if (layer.type() == "DummyData") {
    const caffe::DummyDataParameter& p = layer.dummy_data_param();
    if (p.shape_size() > 0)
      return said("dummy_data_param.shape", {p.shape(0).dim().begin(), p.shape(0).dim().end()});
    if (p.channels_size() > 0 && p.height_size() > 0 && p.width_size() > 0)
      return said("dummy_data_param", {1, p.channels(0), p.height(0), p.width(0)});
  }
  const int channels = is_grey(layer) ? 1 : 3;
  const std::optional<Size2> resized = new_size(network, layer);
  if (crop == 0 && !resized) return std::nullopt;
  if (crop == 0) return SaidSize{place + ".image_data_param", {channels, resized->h, resized->w}};
  const SaidSize size{place + ".crop_size",
                      to_shape({1, channels, crop, crop}, network, place + ".crop_size")};
  if (resized && (resized->h < size.shape.height || resized->w < size.shape.width))
    throw ModelError(network.path, size.place,
                     "is " + std::to_string(crop) + ", more than photos are resized to, " +
                         std::to_string(resized->h) + " x " + std::to_string(resized->w));
  return size;
}

// Returns the layer of this type with blobs that comes first in the test phase, or null.
const caffe::LayerParameter* first_trained(const CaffeFile& network, const std::string& type) {
  for (const caffe::LayerParameter& layer : network.net.layer())
    if (layer.type() == type && layer.blobs_size() > 0 && is_in_test_phase(layer, network)) return &layer;
  return nullptr;
}

// Returns how many numbers the first fully-connected layer would get, or 0 if the input is too small.
std::size_t inputs_of_dense(const CaffeFile& network, int channels, int side) {
  try {
    for (const Layer& layer : caffe_layers(network, {channels, side, side}).layers)
      if (std::holds_alternative<FullyConnected>(layer.params)) return layer.in.count();
  } catch (const ModelError&) {  // a window does not fit, or the network is refused later
  }
  return 0;
}

// Returns the channels of the input: those of the first convolution's kernels, or 3 without a convolution.
std::int64_t channels_of_weights(const CaffeFile& network) {
  const caffe::LayerParameter* const conv = first_trained(network, "Convolution");
  if (conv == nullptr) return 3;
  const Dims kernels = blob_dims(conv->blobs(0), network.path, layer_place(*conv) + ".blobs[0]");
  return kernels.size() == 4 ? kernels[1] * conv->convolution_param().group() : 3;
}

// Returns a square input that fits the weights in the file: a side with which the first fully-connected layer
// gets as many numbers as it has columns. Strides let several sides fit: usual ones come first, then the
// smallest. Returns nullopt if the file has no such layer or none fits.
std::optional<Shape> shape_of_weights(const CaffeFile& network) {
  constexpr std::array kUsualSides{kDefaultSide, 224, 299, 256, 128, 112, 96, 64, 48, 32, 28};
  constexpr int kMaxFitted = 2048;
  const caffe::LayerParameter* const dense = first_trained(network, "InnerProduct");
  const std::int64_t channels = channels_of_weights(network);
  if (dense == nullptr || (channels != 1 && channels != 3)) return std::nullopt;
  const Dims matrix = blob_dims(dense->blobs(0), network.path, layer_place(*dense) + ".blobs[0]");
  if (matrix.size() < 2) return std::nullopt;
  const bool transposed = dense->inner_product_param().transpose();
  const auto wanted = static_cast<std::size_t>(matrix[matrix.size() - (transposed ? 2 : 1)]);
  const auto inputs = [&](int side) { return inputs_of_dense(network, static_cast<int>(channels), side); };
  const auto fits = [&](int side) { return inputs(side) == wanted; };
  const auto* const usual = std::ranges::find_if(kUsualSides, fits);
  int side = usual != kUsualSides.end() ? *usual : 0;
  if (side == 0) {  // a larger input never gives fewer numbers
    int low = 1;
    for (int high = kMaxFitted; low < high;) {
      const int middle = low + (high - low) / 2;
      if (inputs(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    side = fits(low) ? low : 0;
  }
  if (side == 0) return std::nullopt;
  return Shape{static_cast<int>(channels), side, side};
}

// Returns true if the mean is neither numbers nor a NumPy file. A network of one channel takes one number.
bool names_mean_file(const ImportOptions& options, int channels) {
  const bool one = channels == 1 && options.mean.find_first_not_of("0123456789.") == std::string::npos;
  return !options.mean.empty() && !one && !parse_mean(options.mean) && !is_numpy_file(options.mean);
}

// Sets the mean to that of each channel of the mean file in options.mean.
void set_mean_of_file(Model& model, const ImportOptions& options) {
  std::error_code ignored;
  if (!fs::exists(options.mean, ignored))
    throw ModelError(model.path.string(), "mean",
                     in_quotes(options.mean) + " is neither three numbers, " +
                         order_of_mean(model.description.input) + ", nor a file");
  if (!options.preset.empty() && options.preset != kPreset)
    throw ModelError(options.mean, "", "a mean file is for the preset caffe, not for " + options.preset);
  const int channels = image::channels(model.description.input);
  const Mean mean = read_mean_file(options.mean, channels);
  model.notes.push_back("of the mean image in " + options.mean + " the mean of each channel is subtracted, " +
                        text(mean, channels));
  use_mean(model, mean);
}

}  // namespace

Shape caffe_input_shape(const CaffeFile& network, const ImportOptions& options,
                        std::vector<std::string>& notes) {
  const caffe::NetParameter& net = network.net;
  std::vector<SaidSize> sizes;
  const auto add = [&](const std::string& place, const auto& dims) {
    sizes.push_back({place, to_shape({dims.begin(), dims.end()}, network, place)});
  };
  if (net.input_shape_size() > 0) add("input_shape", net.input_shape(0).dim());
  if (net.input_dim_size() > 0) add("input_dim", net.input_dim());
  for (const caffe::LayerParameter& layer : net.layer()) {
    if (layer.type() != "Input" || !is_in_test_phase(layer, network)) continue;
    refuse_unknown_fields(network, &layer);
    if (layer.input_param().shape_size() > 0)
      add(layer_place(layer) + ".input_param.shape", layer.input_param().shape(0).dim());
  }
  const caffe::LayerParameter* const data = find_data_layer(network);
  if (data != nullptr && (sizes.empty() || is_in_test_phase(*data, network))) {
    refuse_unknown_fields(network, data);
    if (const auto size = size_of_data(network, *data)) sizes.push_back(*size);
  }
  if (sizes.empty() && options.crop) return {3, options.crop->h, options.crop->w};
  if (sizes.empty()) {
    const auto fitting = shape_of_weights(network);
    const Shape shape = fitting.value_or(Shape{3, kDefaultSide, kDefaultSide});
    notes.push_back("the file does not say how large the input is: taken as " + to_string(shape) +
                    (fitting ? ", which its weights fit" : ""));
    return shape;
  }
  for (const SaidSize& size : sizes)
    if (size.shape != sizes[0].shape)
      throw ModelError(
          network.path, size.place,
          "is " + to_string(size.shape) + ", but " + sizes[0].place + " is " + to_string(sizes[0].shape));
  return sizes[0].shape;
}

void set_caffe_input(Model& model, const ImportOptions& options, const CaffeFile& network, Size2 size) {
  ImportOptions known;
  known.preset = options.preset.empty() ? kPreset : options.preset;
  set_input(model, known, kPreset, size);
  image::Preprocess& input = model.description.input;
  const auto said =
      options.preset.empty() ? find_transformation(network, image::channels(input)) : std::nullopt;
  const int channels = image::channels(input);
  const bool lacks_mean = options.mean.empty() && channels == 3 && (!said || !said->mean_file.empty());
  if (said) {
    if (said->mean_file.empty()) input.mean = said->mean;
    input.std.fill(1 / said->scale);
    if (said->resize) input.resize = *said->resize;
    if (input.resize.h < size.h || input.resize.w < size.w)
      throw ModelError(network.path, said->place,
                       "photos are resized to " + std::to_string(input.resize.h) + " x " +
                           std::to_string(input.resize.w) + ", less than the input of " +
                           std::to_string(size.h) + " x " + std::to_string(size.w));
  }
  ImportOptions numbers = options;
  if (names_mean_file(options, channels)) numbers.mean.clear();
  override_input(model, numbers);
  if (names_mean_file(options, channels)) set_mean_of_file(model, options);
  if (!options.preset.empty()) return;
  std::string note =
      said ? "photos are prepared as " + said->place + " says"
           : std::string("the file does not say how photos are prepared: as Caffe's programs do");
  note += (channels == 1 ? ", in grey, minus " : ", in the order blue, green, red, minus ") +
          text(input.mean, channels);
  if (lacks_mean) note += ", the means of BVLC's networks (--mean gives others)";
  if (said && said->scale != 1) note += ", times " + text(said->scale, "%.6g");
  if (lacks_mean && said)
    note += "; its mean_file " + in_quotes(said->mean_file) + " is not read unless --mean names it";
  model.notes.push_back(note);
}

}  // namespace alexnet
