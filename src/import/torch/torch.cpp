// Opens files written by PyTorch and torchvision as models.
#include "import/readers.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/mapped_file.hpp"
#include "import/photo_input.hpp"
#include "import/torch/torch_weights.hpp"
#include "import/torch/torchvision.hpp"
#include "layers/layers.hpp"
#include "network/model.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_unknown(const std::string& file, const std::map<std::string, Dims>& shapes) {
  constexpr std::size_t kShown = 4;
  std::string known;
  for (const std::string& name : torch::torchvision_names()) known += (known.empty() ? "" : ", ") + name;
  std::string found;
  std::size_t shown = 0;
  for (const auto& [name, dims] : shapes) {
    if (shown++ == kShown) break;
    found += (found.empty() ? "" : ", ") + escape_for_terminal(name, 40) + " (" +
             escape_for_terminal(to_string(dims), 40) + ")";
  }
  if (shapes.size() > kShown) found += " and " + std::to_string(shapes.size() - kShown) + " more";
  throw ModelError(file, "network",
                   "is unknown. Known by their tensors are torchvision's " + known + "; here they are " +
                       found + "; name a network.json with the layers with --network");
}

void describe(Model& model, const ImportOptions& options, const std::map<std::string, Dims>& shapes) {
  auto known = torch::find_torchvision(shapes);
  if (!known) fail_unknown(model.path.string(), shapes);
  model.description.name = model.path.stem().string();
  model.description.layers = std::move(known->layers);
  const Shape& in = model.description.layers.front().in;
  set_input(model, options, "torchvision", {in.height, in.width});
  override_input(model, options);
}

// Reads the layers and the preparation of photos from options.network. The other options override the
// preparation.
void describe_by_file(Model& model, const ImportOptions& options) {
  Model described = load_network(options.network);
  model.description = std::move(described.description);
  model.description.weights.clear();  // use the weights of the file
  model.labels = std::move(described.labels);
  if (!options.preset.empty()) set_input(model, options, options.preset, model.description.input.size);
  override_input(model, options);
}

std::set<std::string> tensor_names(const std::vector<Layer>& layers) {
  std::set<std::string> names;
  for (const Layer& layer : layers)
    for (const WeightSpec& spec : weight_specs(layer)) names.insert(spec.name);
  return names;
}

}  // namespace

bool is_torch_file(const fs::path& file) {
  const MappedFile mapped(file);
  return torch::is_saved_by_torch(mapped.text());
}

Model read_torch(const fs::path& file, const ImportOptions& options) {
  Model model{file, {}, {}, nullptr, {}};
  if (!options.network.empty()) describe_by_file(model, options);
  torch::StateDict found = torch::open_state_dict(file, tensor_names(model.description.layers));
  model.format = found.format;
  std::ranges::move(found.notes, std::back_inserter(model.notes));
  if (options.network.empty()) describe(model, options, found.weights->shapes());
  model.weights = std::move(found.weights);
  return model;
}

Model read_bare_safetensors(const fs::path& file, const ImportOptions& options,
                            std::unique_ptr<Weights> weights) {
  Model model{file, {}, {}, nullptr, "safetensors"};
  if (options.network.empty()) {
    describe(model, options, weights->shapes());
  } else {
    describe_by_file(model, options);
  }
  model.weights = std::move(weights);
  return model;
}

}  // namespace alexnet
