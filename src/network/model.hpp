// A model on disk. A native model is a folder with network.json, weights and labels, or one .safetensors file
// that contains all three. import/import.hpp also opens models of other programs.
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

// The label of one class. The line "n02124075 Egyptian cat" has the id "n02124075" and the text "Egyptian
// cat". The id is empty if the line does not begin with a WordNet id.
struct Label {
  std::string id;
  std::string text;
};

struct Model {
  std::filesystem::path path;  // the folder or the file
  Description description;
  std::vector<Label> labels;            // empty, or one per class
  std::shared_ptr<Weights> weights;     // null if the model has none
  std::string format = kNativeFormat;   // source format: kNativeFormat, "torch (zip)", "ONNX, opset 9", ...
  std::vector<std::string> notes = {};  // assumptions made during import, one sentence each
};

inline constexpr const char* kDefaultModel = "tiny-alexnet";

// Returns the folder that models are downloaded to: $XDG_DATA_HOME/alexnet/models, or
// $HOME/.local/share/alexnet/models if XDG_DATA_HOME is not an absolute path. Returns "" if HOME is not
// one either.
std::filesystem::path user_models();

// Returns the search path for models: the folders in ALEXNET_MODELS (separated by ':'), user_models(), and
// ../share/alexnet/models relative to the program's folder.
std::vector<std::filesystem::path> model_folders();

// Returns the path of a model: the first of these that exists.
//   1. The argument, if it is a model by its name.
//   2. The first match in model_folders(), if the argument contains no '/'.
//   3. The argument, if it is a regular file: open_model() identifies it by its content.
// Throws ModelError, which lists the folders searched, if there is none.
std::filesystem::path find_model(const std::string& path_or_name);

// Returns the name by which find_model() finds a model: the file or folder name without the extension of a
// model file.
std::string model_name(const std::filesystem::path& model);

// Returns all models in model_folders(), in the order of the folders and sorted by path within each. If several
// folders have a model of the same name, returns the first one only, as find_model() does.
std::vector<std::filesystem::path> list_models();

// Opens a native model, a folder or a file. The weights are opened but not checked: a Network checks each
// tensor when it fetches it. Throws ModelError.
Model load_model(const std::filesystem::path& path);
// Opens a native model from the weights of a .safetensors file that is already open. `path` names the file in
// errors.
Model load_model(const std::filesystem::path& path, std::unique_ptr<Weights> weights);

// Reads a network.json and the labels that it names, without weights. Throws ModelError.
Model load_network(const std::filesystem::path& file);

// Returns labels/NAME.txt in the first of model_folders() that contains it, or "" if none does.
std::filesystem::path find_labels(const std::string& name);

// Reads one label per line, from a file or from `text`; `file` names the text in errors. Accepts CRLF line
// ends and a UTF-8 byte-order mark, and strips both. Throws ModelError for an empty line and for UTF-16 with
// a byte-order mark. read_labels() also throws if the file cannot be read, is larger than 64 MiB or is a Git
// LFS pointer.
std::vector<Label> read_labels(const std::filesystem::path& file);
std::vector<Label> parse_labels(std::string_view text, const std::string& file);
// Throws ModelError unless there is one label per output of the network. `file` names the labels in the
// error.
void check_labels(const Model& model, const std::string& file);

// Returns random weights made from `seed` if it is given, or else the model's weights. Throws ModelError if
// there is no seed and the model has no weights.
std::shared_ptr<Weights> weights_of(const Model& model, std::optional<std::uint64_t> seed = std::nullopt);

// Returns a network with the weights that weights_of() returns. Throws ModelError.
Network make_network(const Model& model, std::optional<std::uint64_t> seed = std::nullopt,
                     const EngineOptions& options = {});

// Returns a hash of 32 hexadecimal digits over the description (including name, source, licence and
// accuracy), the labels and the weights as they are stored. File names and the names of tensors do not affect
// it. Reads all weights. Throws ModelError.
std::string model_hash(const Model& model);

// A class and its probability.
struct Prediction {
  std::size_t index = 0;
  float probability = 0.0F;
};

// Returns the element-wise average of `rows` consecutive rows of equal length, such as the probabilities of
// the crops of an image. Sums in double, row by row. The average of one row has the same bits as the row.
// `rows` must be at least 1.
std::vector<float> mean_of_rows(std::span<const float> values, std::size_t rows);

// Returns the k most probable classes, or all if there are fewer, most probable first. Equal probabilities
// are sorted by index. NaN comes last.
std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k);

}  // namespace alexnet
