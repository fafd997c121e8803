#include "import/import.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/module.hpp"
#include "core/nearest.hpp"
#include "import/readers.hpp"
#include "layers/stack.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

using Reader = Model(const fs::path&, const ImportOptions&);

// The reader of a format that is never native; null where the path has none.
Reader* reader_of(const fs::path& path) {
  const fs::path extension = path.extension();
  if (extension == ".pth" || extension == ".pt") return read_torch;
  if (extension == ".caffemodel" || extension == ".prototxt") return module<ProtobufModule>("protobuf").caffe;
  if (extension == ".onnx") return module<ProtobufModule>("protobuf").onnx;
  return nullptr;
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

void check_input(const Model& model) {
  const Shape& in = model.description.layers.front().in;
  const Size2 size = model.description.input.size;
  if (in.channels != 3)
    throw ModelError(model.path.string(), "input", "has " + to_string(in) + "; photos have 3 channels");
  if (in.height != size.h || in.width != size.w)
    throw ModelError(model.path.string(), "input",
                     "is " + to_string(in) + ", but photos are prepared to " + std::to_string(size.h) +
                         " x " + std::to_string(size.w));
}

Model imported(Model model) {
  end_in_softmax(model);
  check_input(model);
  return model;
}

void refuse_import_options(const fs::path& path, const ImportOptions& options) {
  if (!options.network.empty() || !options.preset.empty() || !options.mean.empty())
    throw ModelError(path.string(), "",
                     "has its own network and says itself how photos are prepared; a network, a preset and a "
                     "mean are for the files of other programs");
}

Model open_without_labels(const fs::path& path, const ImportOptions& options) {
  if (Reader* const read = reader_of(path)) return imported(read(path, options));
  if (path.extension() == ".safetensors") {
    std::unique_ptr<Weights> weights = open_weights(path);
    if (!weights->metadata().contains("network"))
      return imported(read_bare_safetensors(path, options, std::move(weights)));
    refuse_import_options(path, options);
    return load_model(path, std::move(weights));
  }
  refuse_import_options(path, options);
  return load_model(path);
}

// Its own, the chosen ones or, for 1000 classes, ImageNet's, which ship with the models.
void add_labels(Model& model, const fs::path& chosen) {
  constexpr std::size_t kImageNetClasses = 1000;
  const Shape& out = model.description.layers.back().out;
  fs::path file = chosen;
  if (file.empty()) {
    if (!model.labels.empty() || !is_vector(out) || out.count() != kImageNetClasses) return;
    file = find_labels("imagenet-1k");
    if (file.empty()) return;
    model.notes.push_back("it has no labels of its own: those of ImageNet's 1000 classes are used, " +
                          file.string());
  }
  model.labels = read_labels(file);
  check_labels(model, file.string());
}

}  // namespace

Model open_model(const fs::path& path, const ImportOptions& options) {
  Model model = open_without_labels(path, options);
  add_labels(model, options.labels);
  return model;
}

void set_input(Model& model, const ImportOptions& options, const std::string& otherwise, Size2 size) {
  const std::string& name = options.preset.empty() ? otherwise : options.preset;
  const std::vector<std::string> known = preset_names();
  if (std::ranges::find(known, name) == known.end()) {
    const std::string like = nearest(name, known);
    throw ModelError(model.path.string(), "preset",
                     "unknown '" + escape_for_terminal(name, kExcerpt) + "'" +
                         (like.empty() ? "" : "; did you mean '" + like + "'?"));
  }
  model.description.input = preset_input(name, size);
  if (options.preset.empty())
    model.notes.push_back("the file does not say how photos are prepared: as " + name + " does");
  set_mean(model, options);
}

void set_mean(Model& model, const ImportOptions& options) {
  if (options.mean.empty()) return;
  const auto mean = parse_mean(options.mean);
  if (!mean)
    throw ModelError(
        model.path.string(), "mean",
        "'" + escape_for_terminal(options.mean, kExcerpt) + "' is not three numbers, one for each channel");
  model.description.input.mean = *mean;
}

std::optional<std::array<double, 3>> parse_mean(const std::string& text) {
  std::array<double, 3> mean{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < mean.size(); ++i) {
    if (i > 0 && (at == end || *at++ != ',')) return std::nullopt;
    const auto [stop, error] = std::from_chars(at, end, mean[i]);
    if (error != std::errc() || !std::isfinite(mean[i])) return std::nullopt;
    at = stop;
  }
  return at == end ? std::optional(mean) : std::nullopt;
}

}  // namespace alexnet
