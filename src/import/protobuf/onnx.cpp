#include "import/readers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/photo_input.hpp"
#include "import/protobuf/onnx_graph.hpp"
#include "network/description.hpp"
#include "network/model.hpp"

namespace alexnet {
namespace {

// Returns the metadata that write_onnx stored under `key`, or null if there is none.
const std::string* find_metadata(const OnnxFile& file, const std::string& key) {
  for (const auto& entry : file.model().metadata_props())
    if (entry.key() == key) return &entry.value();
  return nullptr;
}

// Adds notes on other programs' metadata about photos, such as Image.BitmapPixelFormat and
// Image.NominalPixelRange, which is ignored.
void note_image_metadata(Model& model, const OnnxFile& file) {
  for (const auto& entry : file.model().metadata_props())
    if (entry.key().starts_with("Image."))
      model.notes.push_back("its metadata says " + escape_for_terminal(entry.key(), kExcerpt) + " is " +
                            escape_for_terminal(entry.value(), kExcerpt) +
                            ", which is not read; set the preprocessing with --preset and --mean");
}

// Moves the arithmetic before the first layer into the preparation of photos. Without a preset in the
// options, the graph's input is taken as pixels from 0 to 255, or from 0 to 1 if its mean and std are in that
// range.
void scale_input(Model& model, const ImportOptions& options, const OnnxScaling& scaling) {
  if (!options.mean.empty() || !options.std.empty())
    throw ModelError(model.path.string(), options.mean.empty() ? "std" : "mean",
                     "the graph has its own arithmetic on the photo; another cannot be given");
  override_input(model, options);
  image::Preprocess& input = model.description.input;
  const auto channels = static_cast<std::size_t>(image::channels(input));
  if (scaling.factors.size() != channels) return;  // refused by open_model
  std::array<double, 3> factor{};
  std::array<double, 3> summand{};
  bool is_unit = true;
  for (std::size_t c = 0; c < 3; ++c) {
    factor[c] = scaling.factors[std::min(c, channels - 1)];
    summand[c] = scaling.summands[std::min(c, channels - 1)];
    // Pixels of 0 to 1 have a std below 1, those of 0 to 255 one of 50 or more.
    constexpr double kMinUnitFactor = 0.1;
    is_unit = is_unit && std::abs(summand[c] / factor[c]) <= 1 && factor[c] >= kMinUnitFactor;
  }
  if (options.preset.empty()) {
    if (!options.scale) input.scale = is_unit ? 1.0 / 255 : 1;
    input.mean.fill(0);
    input.std.fill(1);
    model.notes.emplace_back(
        std::string("the graph itself subtracts a mean or scales; pixels are taken as 0 to ") +
        (input.scale == 1 ? "255" : "1") + " (--scale changes that)");
  }
  for (std::size_t c = 0; c < 3; ++c) {
    // ((pixel * scale - mean) / std) * factor + summand
    input.mean[c] -= summand[c] * input.std[c] / factor[c];
    input.std[c] /= factor[c];
  }
}

// Reads the description that write_onnx stored, except for the layers, which come from the graph.
void describe(Model& model, const ImportOptions& options, const std::string& network,
              const std::string& place) {
  if (describes_model(options))
    throw ModelError(
        model.path.string(), "",
        "says itself how photos are prepared; leave out the options for that, such as --preset and --mean");
  const Description written = parse_description(network, place);
  std::vector<Layer> layers = std::move(model.description.layers);
  model.description = written;
  model.description.layers = std::move(layers);
}

}  // namespace

Model read_onnx(const std::filesystem::path& file, const ImportOptions& options) {
  if (!options.network.empty())
    throw ModelError(file.string(), "", "has its own network: another one cannot be given");
  const auto read = std::make_shared<OnnxFile>(file);
  OnnxFlow flow = read_graph(*read, options.crop);
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : flow.tensors) bytes += tensor.data.size();
  Model model{
      file, {}, {}, std::make_unique<StoredWeights>(file.string(), std::move(flow.tensors), read, bytes)};
  model.format = "ONNX, opset " + std::to_string(read->opset());
  model.notes = std::move(flow.notes);
  model.description.name = model_name(file);
  model.description.layers = flow.stack().layers();
  const std::string place = file.string() + ": metadata_props.";
  if (const std::string* network = find_metadata(*read, kOnnxNetwork); network != nullptr && !flow.scaling) {
    describe(model, options, *network, place + kOnnxNetwork);
  } else {
    const Shape& in = model.description.layers.front().in;
    set_input(model, options, "torchvision", {in.height, in.width});
    if (flow.scaling) {
      scale_input(model, options, *flow.scaling);
    } else {
      override_input(model, options);
    }
    note_image_metadata(model, *read);
  }
  if (const std::string* labels = find_metadata(*read, kOnnxLabels)) {
    model.labels = parse_labels(*labels, place + kOnnxLabels);
    check_labels(model, place + kOnnxLabels);
  }
  return model;
}

}  // namespace alexnet
