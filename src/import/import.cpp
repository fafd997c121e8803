#include "alexnet/model.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/module.hpp"
#include "core/nearest.hpp"
#include "import/numpy.hpp"
#include "import/readers.hpp"
#include "layers/layers.hpp"
#include "layers/stack.hpp"
#include "network/description.hpp"
#include "network/model.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Reader = Model(const fs::path&, const ImportOptions&);
using Mean = std::array<double, 3>;

constexpr double kRounding = 1e-6;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Returns ".onnx" for "NET.ONNX".
std::string lower_extension(const fs::path& path) { return to_lower_ascii(path.extension().string()); }

// Returns the reader of a non-native format, or null if the path has none. Files written by torch.save may
// have any name. The extension determines every other format. Throws ModelError if a file has no known
// format.
Reader* reader_of(const fs::path& path) {
  const std::string extension = lower_extension(path);
  if (extension == ".pth" || extension == ".pt" || (is_file(path) && is_torch_file(path))) return read_torch;
  if (extension == ".caffemodel" || is_prototxt(path)) return module<ProtobufModule>("protobuf").caffe;
  if (extension == ".onnx") return module<ProtobufModule>("protobuf").onnx;
  if (extension == ".safetensors" || !is_file(path)) return nullptr;
  throw ModelError(
      path.string(), "",
      "is not a model: its name does not end in .safetensors, .pth, .pt, .caffemodel, .prototxt or "
      ".onnx, and torch.save did not write it");
}

bool is_vector(const Shape& shape) { return shape.plane() == 1; }

void end_in_softmax(Model& model) {
  std::vector<Layer>& layers = model.description.layers;
  const Layer& last = layers.back();
  if (std::holds_alternative<Softmax>(last.params) || !is_vector(last.out)) return;
  std::string name = "prob";
  while (std::ranges::find(layers, name, &Layer::name) != layers.end()) name += "_";
  layers.push_back({name, Softmax{}, last.out, last.out});
}

void check_input(const Model& model, const ImportOptions& options) {
  const Shape& in = model.description.layers.front().in;
  const Size2 size = model.description.input.size;
  if (in.channels != image::channels(model.description.input))
    throw ModelError(model.path.string(), "input",
                     "has " + to_string(in) + "; photos have 3 channels, or 1 if they are grey");
  if (in.height != size.h || in.width != size.w)
    throw ModelError(model.path.string(), "input",
                     "is " + to_string(in) + ", but photos are prepared to " + std::to_string(size.h) +
                         " x " + std::to_string(size.w));
  if (options.crop && *options.crop != size)
    throw ModelError(model.path.string(), "crop",
                     "is " + std::to_string(options.crop->h) + " x " + std::to_string(options.crop->w) +
                         ", but the network's input is " + std::to_string(size.h) + " x " +
                         std::to_string(size.w));
}

Model imported(Model model, const ImportOptions& options) {
  end_in_softmax(model);
  check_input(model, options);
  return model;
}

// Returns the value of a white pixel before the mean is subtracted: 1 or 255.
double white_value(const image::Preprocess& input) { return 255 * input.scale; }

std::string number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string list(const Mean& numbers) {
  return number(numbers[0]) + "," + number(numbers[1]) + "," + number(numbers[2]);
}

// Returns true if the two differ by at most 2 % in each channel.
bool is_like(const Mean& a, const Mean& b) {
  constexpr double kShare = 0.02;
  return std::ranges::equal(a, b, [](double x, double y) {
    return std::abs(x - y) <= kShare * std::max(std::abs(x), std::abs(y));
  });
}

// Adds a note if the mean or std seems to be meant for another pixel range: 0 to 255 instead of 0 to 1, or
// the reverse. Ignores a std that is equal in all channels: it is a scale, as in Caffe's files.
void doubt_input(Model& model) {
  const image::Preprocess& input = model.description.input;
  const double greatest = white_value(input);
  // A maximum above this means pixels from 0 to 255.
  constexpr double kBytes = 100;
  // A maximum below this means pixels from 0 to 1 or -1 to 1.
  constexpr double kUnit = 2.5;
  const auto doubt = [&](const char* what, const Mean& numbers) {
    const auto all = [&](const auto& is) { return std::ranges::all_of(numbers, is); };
    if (all([&](double n) { return n == (&numbers == &input.mean ? 0 : numbers[0]); })) return;
    const bool too_small = greatest > kBytes && all([](double n) { return n < 1; });
    const bool too_large = greatest < kUnit && all([&](double n) { return n > greatest; });
    if (too_small || too_large)
      model.notes.push_back(std::string("the ") + what + ", " + list(numbers) +
                            ", seems to be for pixels of another range: expected 0 to " + number(greatest));
  };
  doubt("mean", input.mean);
  doubt("std", input.std);
}

// Throws ModelError if weights contradict the layers: a tensor has another shape, or no layer uses it. If a
// tensor is missing, the network reports that when it needs the tensor: an unused one may be the same under a
// mistyped name.
void check_tensors(const Model& model) {
  if (!model.weights) return;
  const std::string file = model.weights->file();
  const std::map<std::string, Dims> shapes = model.weights->shapes();
  std::map<std::string, Dims> unused = shapes;
  bool complete = true;
  for (const Layer& layer : model.description.layers)
    for (const WeightSpec& spec : weight_specs(layer)) {
      const auto found = shapes.find(spec.name);
      complete = complete && found != shapes.end();
      if (found == shapes.end()) continue;
      require_shape(spec, found->second, file);
      unused.erase(spec.name);
    }
  std::erase_if(unused, [](const auto& tensor) { return tensor.first.ends_with(".num_batches_tracked"); });
  if (complete && !unused.empty())
    throw ModelError(
        file, escape_for_terminal(unused.begin()->first, kExcerpt),
        "is not used by any layer of the network" +
            (unused.size() > 1 ? ", and neither are " + std::to_string(unused.size() - 1) + " more tensors"
                               : "") +
            "; add the layer, or save the weights without it");
}

// Returns the first option that is set, "network", "preset" ... but not labels. Returns "" if there is none.
std::string given_option(const ImportOptions& options) {
  return !options.network.empty()  ? "network"
         : !options.preset.empty() ? "preset"
         : !options.mean.empty()   ? "mean"
         : !options.std.empty()    ? "std"
         : options.scale           ? "scale"
         : options.channels        ? "channels"
         : !options.resize.empty() ? "resize"
         : options.crop            ? "crop"
                                   : "";
}

// Throws ModelError if an option is set that a model with its own network does not take.
void refuse_import_options(const fs::path& path, const ImportOptions& options) {
  const std::string given = given_option(options);
  if (given.empty()) return;
  throw ModelError(path.string(), given,
                   "cannot be set: the model itself says what its layers are and how photos are prepared; "
                   "leave it out");
}

Model open_without_labels(const fs::path& path, const ImportOptions& options) {
  if (Reader* const read = reader_of(path)) return imported(read(path, options), options);
  if (lower_extension(path) == ".safetensors") {
    std::unique_ptr<Weights> weights = open_weights(path);
    if (!weights->metadata().contains("network"))
      return imported(read_bare_safetensors(path, options, std::move(weights)), options);
    refuse_import_options(path, options);
    return load_model(path, std::move(weights));
  }
  refuse_import_options(path, options);
  return load_model(path);
}

// Adds the chosen labels. If none are chosen and the model has none, adds the ImageNet labels, which ship
// with the models, to a model with 1000 classes.
void add_labels(Model& model, const fs::path& chosen) {
  constexpr std::size_t kImageNetClasses = 1000;
  const Shape& out = model.description.layers.back().out;
  fs::path file = chosen;
  if (file.empty()) {
    if (!model.labels.empty() || !is_vector(out) || out.count() != kImageNetClasses) return;
    file = find_labels("imagenet-1k");
    if (file.empty()) return;
    model.notes.push_back("it has no labels; those of ImageNet's 1000 classes are used, " + file.string());
  }
  model.labels = read_labels(file);
  check_labels(model, file.string());
}

// Returns the three numbers of "104,117,123". With `one`, "104" is three equal numbers. Returns nullopt for
// any other text.
std::optional<Mean> parse_numbers(const std::string& text, bool one) {
  Mean numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_spaces = [&] {
    while (at != end && (*at == ' ' || *at == '\t')) ++at;
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i == 1 && one && at == end) {
      numbers.fill(numbers[0]);
      break;
    }
    if (i > 0 && (at == end || *at++ != ',')) return std::nullopt;
    skip_spaces();
    const auto [stop, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc() || !std::isfinite(numbers[i])) return std::nullopt;
    at = stop;
    skip_spaces();
  }
  return at == end ? std::optional(numbers) : std::nullopt;
}

// Sets the size to which photos are resized from "256", the shorter side, or "256x320", height and width.
void set_resize(Model& model, const std::string& text) {
  image::Preprocess& input = model.description.input;
  constexpr int kMaxSide = 65535;
  const auto side = [](std::string_view digits) {
    int value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end && value <= kMaxSide ? value : 0;
  };
  const std::size_t cross = text.find('x');
  const bool squash = cross != std::string::npos;
  const Size2 size{side(std::string_view(text).substr(0, cross)),
                   side(squash ? std::string_view(text).substr(cross + 1) : text)};
  if (std::min(size.h, size.w) < 1)
    throw ModelError(model.path.string(), "resize",
                     in_quotes(text) + " is neither one size, for the shorter side, nor HEIGHTxWIDTH");
  if (size.h < input.size.h || size.w < input.size.w)
    throw ModelError(model.path.string(), "resize",
                     in_quotes(text) + " is less than the input of " + std::to_string(input.size.h) + " x " +
                         std::to_string(input.size.w));
  input.rule = squash ? image::ResizeRule::squash : image::ResizeRule::shorter_side;
  input.resize = size;
}

}  // namespace

Model open_model(const fs::path& path, const ImportOptions& options) {
  Model model = open_without_labels(path, options);
  check_tensors(model);
  doubt_input(model);
  add_labels(model, options.labels);
  return model;
}

void set_input(Model& model, const ImportOptions& options, const std::string& fallback, Size2 size) {
  const std::string& name = options.preset.empty() ? fallback : options.preset;
  const std::vector<std::string> known = preset_names();
  if (std::ranges::find(known, name) == known.end()) {
    const std::string like = nearest(name, known);
    throw ModelError(model.path.string(), "preset",
                     "unknown " + in_quotes(name) + (like.empty() ? "" : "; did you mean '" + like + "'?"));
  }
  image::Preprocess& input = model.description.input;
  input = preset_input(name, size);
  if (model.description.layers.front().in.channels == 1) {
    input.order = image::ChannelOrder::grey;  // the numbers of a preset are for colours
    input.mean.fill(0);
    input.std.fill(1);
  }
  if (options.preset.empty())
    model.notes.push_back("the file does not say how photos are prepared: as " + name + " does" +
                          (image::channels(input) == 1 ? ", in grey, without a mean" : ""));
}

void override_input(Model& model, const ImportOptions& options) {
  image::Preprocess& input = model.description.input;
  const auto fail = [&](const char* field, const std::string& reason) {
    throw ModelError(model.path.string(), field, reason);
  };
  if (options.channels && *options.channels != input.order) {
    if (options.channels == image::ChannelOrder::grey || input.order == image::ChannelOrder::grey)
      fail("channels",
           "the network has " + std::to_string(image::channels(input)) +
               (image::channels(input) == 1 ? " channel; only grey fits" : " channels; rgb and bgr fit"));
    input.order = *options.channels;
    std::ranges::reverse(input.mean);  // the preset's numbers stay with their colours
    std::ranges::reverse(input.std);
  }
  if (options.scale) {
    if (!(*options.scale > 0)) fail("scale", "must be greater than 0");
    input.scale = *options.scale;
  }
  if (!options.resize.empty()) set_resize(model, options.resize);
  if (!options.std.empty()) {
    const auto std = parse_numbers(options.std, true);
    if (!std)
      fail("std", in_quotes(options.std) + " is neither one number nor three, " + order_of_mean(input));
    for (const double value : *std) {
      if (value <= 0) fail("std", "must be greater than 0");
      if (const double white = white_value(input); white <= 2.5 && value > white)
        fail("std", "has " + number(value) + ", but the network's numbers of a photo are 0 to " +
                        number(white) + (white == 1 ? "; divide the numbers by 255" : ""));
    }
    input.std = *std;
  }
  if (options.mean.empty()) return;
  if (const auto mean = parse_numbers(options.mean, image::channels(input) == 1)) {
    use_mean(model, *mean);
    return;
  }
  const std::string name = in_quotes(options.mean);
  if (is_numpy_file(options.mean)) {
    const Mean mean = read_numpy_mean(options.mean, image::channels(input));
    model.notes.push_back("of the mean image in " + options.mean +
                          " the mean of each channel is subtracted, " + list(mean));
    use_mean(model, mean);
    return;
  }
  std::error_code ignored;
  throw ModelError(
      model.path.string(), "mean",
      name + (image::channels(input) == 1 ? " is not one number, " : " is not three numbers, ") +
          order_of_mean(model.description.input) +
          (fs::exists(options.mean, ignored) ? "; a mean file is for Caffe's networks alone" : ""));
}

bool describes_model(const ImportOptions& options) { return !given_option(options).empty(); }

void use_mean(Model& model, const Mean& mean) {
  image::Preprocess& input = model.description.input;
  const double greatest = white_value(input);
  for (const double value : mean)
    if (value < 0 || value > greatest * (1 + kRounding))
      throw ModelError(model.path.string(), "mean",
                       "has " + number(value) + ", but the network's numbers of a photo are 0 to " +
                           number(greatest) + " before the mean is subtracted" +
                           (value <= greatest ? ""
                            : greatest <= 1   ? "; divide the mean's numbers by 255"
                            : greatest < 255  ? "; for Caffe's scale, which multiplies after the mean, give "
                                                "--std " +
                                                   number(1 / input.scale) + " instead of --scale"
                                             : ""));
  Mean reversed = mean;
  std::ranges::reverse(reversed);
  if (is_like(reversed, input.mean) && !is_like(mean, input.mean))
    model.notes.push_back("the mean's channels seem to be in the wrong order: this network takes " +
                          order_of_mean(input) + ", " + list(reversed));
  input.mean = mean;
}

std::optional<Mean> parse_mean(const std::string& text) { return parse_numbers(text, false); }

std::string order_of_mean(const image::Preprocess& input) {
  return std::array{"red,green,blue", "blue,green,red", "grey"}[static_cast<std::size_t>(input.order)];
}

bool is_numpy_file(const std::string& name) { return name.ends_with(".npy"); }

bool is_prototxt(const fs::path& path) {
  const std::string name = to_lower_ascii(path.filename().string());
  return name.ends_with(".prototxt") || name.ends_with(".prototxt.txt");
}

}  // namespace alexnet
