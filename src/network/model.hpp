// A model on disk: a folder with network.json, weights and labels, or one file. Native are the folder and the
// .safetensors file that carries all three; import/import.hpp opens those and the files of other programs.
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

inline constexpr const char* kNativeFormat = "alexnet";

// One class: "n02124075 Egyptian cat" has the id n02124075; a line that does not begin with a WordNet id has
// none.
struct Label {
  std::string id;
  std::string text;
};

struct Model {
  std::filesystem::path path;  // the folder or the file
  Description description;
  std::vector<Label> labels;            // empty, or one for each class
  std::shared_ptr<Weights> weights;     // null where the model has none
  std::string format = kNativeFormat;   // or what it was read from: "torch (zip)", "ONNX, opset 9" ...
  std::vector<std::string> notes = {};  // what was assumed where the files are silent, a sentence each
};

inline constexpr const char* kDefaultModel = "tiny-alexnet";

// The folder of the user's own models, where downloaded ones go: $XDG_DATA_HOME/alexnet/models, else
// $HOME/.local/share/alexnet/models; "" where neither variable is an absolute path.
std::filesystem::path user_models();

// The folders where models are looked for by name: those of ALEXNET_MODELS (separated by ':'), then the user's,
// then ../share/alexnet/models as seen from the program.
std::vector<std::filesystem::path> model_folders();

// Returns a path that is a model, a name in one of the model folders, or any other file: open_model then looks at its
// contents. Throws ModelError that says where it looked.
std::filesystem::path find_model(const std::string& path_or_name);

// The name by which find_model finds it in its folder.
std::string model_name(const std::filesystem::path& model);

// Every model in the model folders, in the folders' order and then by name; of two with one name the first.
std::vector<std::filesystem::path> list_models();

// Opens a native model. Throws ModelError. The weights are opened, and each tensor is checked when a Network fetches
// it.
Model load_model(const std::filesystem::path& path);
// The same of a .safetensors file that is open already.
Model load_model(const std::filesystem::path& path, std::unique_ptr<Weights> weights);

// The same of a network.json alone: the description and the labels that it names, without weights.
Model load_network(const std::filesystem::path& file);

// labels/NAME.txt in the first of the model folders that has it; "" where none has.
std::filesystem::path find_labels(const std::string& name);

// Reads one class per line, from a file or from `text`, which errors call `file`. Lines may end in CRLF, and a UTF-8
// byte-order mark is left out. Throws ModelError, also for UTF-16.
std::vector<Label> read_labels(const std::filesystem::path& file);
std::vector<Label> parse_labels(std::string_view text, const std::string& file);
// Throws ModelError unless there is one label for each of the network's outputs.
void check_labels(const Model& model, const std::string& file);

// The model's weights, or random ones made from `seed`. Throws ModelError where the model has none and no seed is given.
std::shared_ptr<Weights> weights_of(const Model& model, std::optional<std::uint64_t> seed = std::nullopt);

// A network that runs, with these weights. Throws ModelError.
Network make_network(const Model& model, std::optional<std::uint64_t> seed = std::nullopt,
                     const EngineOptions& options = {});

// 32 hexadecimal digits that differ where the layers, the preprocessing, the labels or the weights of two models do,
// wherever they were read from. Reads all weights. Throws ModelError.
std::string model_hash(const Model& model);

// One of the k most probable classes.
struct Prediction {
  std::size_t index = 0;
  float probability = 0.0F;
};

// The mean of `rows` rows that stand one after the other: the probabilities of an image's crops. Summed in double, row
// by row; the mean of one row is that row, to the bit.
std::vector<float> mean_of_rows(std::span<const float> values, std::size_t rows);

// The k greatest, greatest first; of equal ones the lower index first; NaN last.
std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k);

}  // namespace alexnet
