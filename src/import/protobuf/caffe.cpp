#include "import/readers.hpp"

#include <algorithm>
#include <optional>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "import/protobuf/caffe_input.hpp"
#include "import/protobuf/caffe_layers.hpp"
#include "import/protobuf/caffe_weights.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

// Returns the .prototxt with the layers of the .caffemodel: the one in the options, else one beside the file,
// else nullopt.
std::optional<fs::path> find_network(Model& model, const ImportOptions& options) {
  if (!options.network.empty()) return options.network;
  fs::path named_alike = model.path;
  named_alike.replace_extension(".prototxt");
  for (const fs::path& beside : {named_alike, model.path.parent_path() / "deploy.prototxt"}) {
    std::error_code ignored;
    if (!fs::is_regular_file(beside, ignored)) continue;
    model.notes.push_back("the layers are those of " + beside.filename().string() + " beside it");
    return beside;
  }
  return std::nullopt;
}

// Adds a note on layers that the network does not have. Caffe ignores their weights too.
void note_unused(Model& model, const std::vector<std::string>& layers) {
  constexpr std::size_t kShown = 4;
  if (layers.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, layers.size()); ++i)
    names += (i == 0 ? "" : ", ") + escape_for_terminal(layers[i], kExcerpt);
  if (layers.size() > kShown) names += " and " + std::to_string(layers.size() - kShown) + " more";
  model.notes.push_back("the weights of layers that the network does not have are not used: " + names);
}

}  // namespace

Model read_caffe(const fs::path& file, const ImportOptions& options) {
  Model model;
  model.path = file;
  std::shared_ptr<const CaffeFile> network;
  if (is_prototxt(file)) {
    if (!options.network.empty())
      throw ModelError(file.string(), "", "is a network already; --network needs a .caffemodel");
    network = read_prototxt(file);
    model.format = "Caffe (prototxt)";
  }
  std::shared_ptr<const CaffeFile> trained;
  if (!network) {
    trained = read_caffemodel(file);
    model.format = trained->v1 ? "Caffe (V1 layers)" : "Caffe (V2 layers)";
    const auto named = find_network(model, options);
    network = named ? read_prototxt(*named) : trained;
  }
  Description& description = model.description;
  description.name = network->net.name();
  if (description.name.empty() && trained) description.name = trained->net.name();
  if (description.name.empty()) description.name = file.stem().string();
  const Shape in = caffe_input_shape(*network, options, model.notes);
  const CaffeLayers found = caffe_layers(*network, in);
  description.layers = found.layers;
  if (trained) {
    model.weights = caffe_weights(trained, found, *network);
    note_unused(model, unused_caffe_layers(*trained, found));
  }
  set_caffe_input(model, options, *network, {in.height, in.width});
  return model;
}

}  // namespace alexnet
