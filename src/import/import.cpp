#include "alexnet/model.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/module.hpp"
#include "import/photo_input.hpp"
#include "import/readers.hpp"
#include "layers/layers.hpp"
#include "layers/stack.hpp"
#include "network/model.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Reader = Model(const fs::path&, const ImportOptions&);

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

}  // namespace

Model open_model(const fs::path& path, const ImportOptions& options) {
  Model model = open_without_labels(path, options);
  check_tensors(model);
  doubt_input(model);
  add_labels(model, options.labels);
  return model;
}

bool describes_model(const ImportOptions& options) { return !given_option(options).empty(); }

bool is_prototxt(const fs::path& path) {
  const std::string name = to_lower_ascii(path.filename().string());
  return name.ends_with(".prototxt") || name.ends_with(".prototxt.txt");
}

}  // namespace alexnet
