#include "import/readers.hpp"

#include <memory>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
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

// Reads the description that write_onnx stored, except for the layers, which come from the graph.
void describe(Model& model, const ImportOptions& options, const std::string& network,
              const std::string& place) {
  if (!options.preset.empty() || !options.mean.empty())
    throw ModelError(model.path.string(), "",
                     "says itself how photos are prepared; a preset and a mean are for files that do not");
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
  OnnxFlow flow = read_graph(*read);
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : flow.tensors) bytes += tensor.data.size();
  Model model{
      file, {}, {}, std::make_unique<StoredWeights>(file.string(), std::move(flow.tensors), read, bytes)};
  model.format = "ONNX, opset " + std::to_string(read->opset());
  model.notes = std::move(flow.notes);
  model.description.name = model_name(file);
  model.description.layers = flow.stack().layers();
  const std::string place = file.string() + ": metadata_props.";
  if (const std::string* network = find_metadata(*read, kOnnxNetwork)) {
    describe(model, options, *network, place + kOnnxNetwork);
  } else {
    const Shape& in = model.description.layers.front().in;
    set_input(model, options, "torchvision", {in.height, in.width});
    note_image_metadata(model, *read);
  }
  if (const std::string* labels = find_metadata(*read, kOnnxLabels)) {
    model.labels = parse_labels(*labels, place + kOnnxLabels);
    check_labels(model, place + kOnnxLabels);
  }
  return model;
}

}  // namespace alexnet
