// Reads native models and their labels.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alexnet/model.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// Opens a native model, a folder or a file. The weights are opened but not checked: a Network checks each
// tensor when it fetches it. Throws ModelError.
Model load_model(const std::filesystem::path& path);
// Opens a native model from the weights of a .safetensors file that is already open. `path` names the file in
// errors.
Model load_model(const std::filesystem::path& path, std::unique_ptr<Weights> weights);

// Returns true if the name has the extension of a model file, such as ".onnx".
bool is_model_file_name(const std::filesystem::path& path);

// Reads a network.json and the labels that it names, without weights. Throws ModelError.
Model load_network(const std::filesystem::path& file);

// Returns labels/NAME.txt in the first of model_folders() that contains it, or "" if none does.
std::filesystem::path find_labels(const std::string& name);

// Reads labels in any form that parse_label_file() reads. Throws ModelError, also if the file cannot be read,
// is larger than 64 MiB or is a Git LFS pointer.
std::vector<Label> read_labels(const std::filesystem::path& file);
// Reads labels as save_model() writes them, one per line; `file` names the text in errors. Accepts CRLF line
// ends and a UTF-8 byte-order mark, and strips both. Throws ModelError for an empty line and for UTF-16.
std::vector<Label> parse_labels(std::string_view text, const std::string& file);
// Drops a background label in front if there is one label too many, and adds a note that says so. Throws
// ModelError unless there is one label per output of the network. `file` names the labels.
void check_labels(Model& model, const std::string& file);

// Returns the index of the layer of this name. Throws ModelError, which suggests a similar name, if there is
// none.
std::size_t layer_index(const Model& model, const std::string& layer);

// Returns random weights made from `seed` if it is given, or else the model's weights. Throws ModelError if
// there is no seed and the model has no weights.
std::shared_ptr<Weights> weights_of(const Model& model, std::optional<std::uint64_t> seed = std::nullopt);

// Returns the element-wise average of `rows` consecutive rows of equal length, such as the probabilities of
// the crops of an image. Sums in double, row by row. The average of one row has the same bits as the row.
// `rows` must be at least 1.
std::vector<float> mean_of_rows(std::span<const float> values, std::size_t rows);

}  // namespace alexnet
