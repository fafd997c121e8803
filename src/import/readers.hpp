// The readers of other programs' formats, for open_model alone. Each returns the model as the file has it: layers, weights,
// labels where it holds any, and, as description.input, what its training tool does to a photo, with notes that say
// what the file was silent about. open_model checks that the input is a photo's, and adds what the options say.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "import/import.hpp"

namespace alexnet {

// Returns true if torch.save may have written the file: it is a zip archive or a stream of pickles.
bool is_torch_file(const std::filesystem::path& file);

// PyTorch's .pth and .pt: a state dict, as zip or as the legacy stream. Knows torchvision's AlexNet and VGG by their
// tensors; needs options.network for another stack.
Model read_torch(const std::filesystem::path& file, const ImportOptions& options);

// A .safetensors file without a network of its own, such as torchvision's tensors saved by another program.
Model read_bare_safetensors(const std::filesystem::path& file, const ImportOptions& options,
                            std::unique_ptr<Weights> weights);

// A .caffemodel, with the layers of options.network (.prototxt), else of a .prototxt beside it, else its own; or a
// .prototxt alone, which has no weights.
Model read_caffe(const std::filesystem::path& file, const ImportOptions& options);
Model read_onnx(const std::filesystem::path& file, const ImportOptions& options);
// Throws OutputError, and ModelError for a model without weights.
void write_onnx(Model& model, const std::filesystem::path& file);

// These three live in the module "protobuf": module<ProtobufModule>("protobuf").
struct ProtobufModule {
  decltype(read_caffe)* caffe;
  decltype(read_onnx)* onnx;
  decltype(write_onnx)* save_onnx;
};

// What every reader ends with. Sets description.input for an input of this size: the preset that the options name, else
// `otherwise`, with a note that the file says nothing of it; and the mean, where the options give three numbers.
// Throws ModelError.
void set_input(Model& model, const ImportOptions& options, const std::string& otherwise, Size2 size);

// Sets the mean, if the options give one: three numbers. Throws ModelError.
void set_mean(Model& model, const ImportOptions& options);

// Sets the mean. Throws ModelError if it cannot be the mean of the photos' numbers; adds a note if its channels seem to be
// in the wrong order.
void use_mean(Model& model, const std::array<double, 3>& mean);

// Returns the three numbers of "104,117,123" or "104, 117, 123"; none if the text is something else.
std::optional<std::array<double, 3>> parse_mean(const std::string& text);

// The order in which a mean's numbers are given: "red,green,blue" or "blue,green,red".
std::string order_of_mean(const image::Preprocess& input);

// Returns true if the name ends in .npy. set_mean says how to get the numbers out of such a file.
bool is_numpy_file(const std::string& name);

}  // namespace alexnet
