#include "network/save_model.hpp"

#include "alexnet/error.hpp"
#include "core/utf8.hpp"
#include "layers/layers.hpp"
#include "network/description.hpp"

namespace alexnet {

std::map<std::string, std::string> model_metadata(const Model& model) {
  Description written = model.description;
  written.weights.clear();  // the file itself contains weights and labels
  written.labels.clear();
  for (Layer& layer : written.layers) layer.tensors.clear();
  std::map<std::string, std::string> metadata{{"network", network_json(written)}};
  if (!model.labels.empty()) {
    std::string& lines = metadata["labels"];
    for (const Label& label : model.labels)
      lines += label.id + (label.id.empty() ? "" : " ") + label.text + "\n";
    if (!is_utf8(lines)) throw ModelError(model.path.string(), "labels", "are not UTF-8; convert their file");
  }
  return metadata;
}

namespace {

// I8 is used only for fully-connected layers: reading their weights limits their speed.
std::string_view weight_dtype(const Layer& layer, std::string_view dtype) {
  return dtype == "I8" && !std::holds_alternative<FullyConnected>(layer.params) ? "F16" : dtype;
}

}  // namespace

void save_model(const Model& model, const std::filesystem::path& file, std::string_view dtype) {
  if (!model.weights) throw MissingWeights(model.path.string(), "weights", "the model has none to write");
  std::vector<NamedTensor> tensors;
  for (Layer layer : model.description.layers) {
    const std::vector<WeightSpec> found = weight_specs(layer);
    layer.tensors.clear();
    const std::vector<WeightSpec> own = weight_specs(layer);
    for (std::size_t i = 0; i < own.size(); ++i)
      tensors.push_back({own[i].name, own[i].dims, model.weights->fetch(found[i]),
                         own[i].dims.size() > 1 ? weight_dtype(layer, dtype) : std::string_view("F32")});
  }
  std::map<std::string, std::string> metadata = model_metadata(model);
  metadata["format"] = "pt";
  save_safetensors(file, tensors, metadata);
}

}  // namespace alexnet
