// A model on disk: a folder with network.json, weights and labels, or one .safetensors file that carries all
// three.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network/description.hpp"
#include "network/network.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// One class: "n02124075 Egyptian cat" has the id n02124075; a line that does not begin with a WordNet id has
// none.
struct Label {
  std::string id;
  std::string text;
};

struct Model {
  std::filesystem::path path;  // the folder or the file
  Description description;
  std::vector<Label> labels;         // empty, or one for each class
  std::unique_ptr<Weights> weights;  // null where the model has none
};

inline constexpr const char* kDefaultModel = "tiny-alexnet";

// The folders where models are looked for by name: those of ALEXNET_MODELS (separated by ':'), then
// ../share/alexnet/models as seen from the program.
std::vector<std::filesystem::path> model_folders();

// A path that exists and is a model, else a name in one of the model folders. Throws ModelError that says
// where it looked.
std::filesystem::path find_model(const std::string& path_or_name);

// The name by which find_model finds it in its folder.
std::string model_name(const std::filesystem::path& model);

// Every model in the model folders, in the folders' order and then by name; of two with one name the first.
std::vector<std::filesystem::path> list_models();

// Throws ModelError. The weights are opened, and each tensor is checked when a Network fetches it.
Model load_model(const std::filesystem::path& path);

// Moves the model's weights, or random ones made from `seed`, into a network that runs. Throws ModelError
// where the model has no weights and no seed is given.
Network make_network(Model& model, std::optional<std::uint64_t> seed = std::nullopt);

// One of the k most probable classes.
struct Prediction {
  std::size_t index = 0;
  float probability = 0.0F;
};

// The k greatest, greatest first; of equal ones the lower index first; NaN last.
std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k);

}  // namespace alexnet
