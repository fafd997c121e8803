// The readers of other programs' formats, for use by open_model. Each returns the model as stored in the
// file: layers, weights, labels if any, and, in description.input, what the training program does to a photo,
// with notes on what the file does not say. open_model checks that the input is a photo and applies the
// remaining options. All throw ModelError.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "alexnet/model.hpp"

namespace alexnet {

// Returns true if torch.save may have written the file: it is a zip archive, a pickle or, for torch 0.1, a
// tar archive.
bool is_torch_file(const std::filesystem::path& file);

// Reads a file of torch.save: a state dict, a checkpoint or a whole module in zip or legacy format.
// Recognises torchvision's AlexNet and VGG by their tensors. Other networks need options.network.
Model read_torch(const std::filesystem::path& file, const ImportOptions& options);

// Reads a .safetensors file without a network of its own, such as torchvision's tensors saved by another
// program.
Model read_bare_safetensors(const std::filesystem::path& file, const ImportOptions& options,
                            std::unique_ptr<Weights> weights);

// Reads a .caffemodel. The layers come from options.network (.prototxt), else from a .prototxt beside the
// file, else from the file itself. Also reads a .prototxt alone, without weights.
Model read_caffe(const std::filesystem::path& file, const ImportOptions& options);
// Reads an ONNX file, opset 7 to 22.
Model read_onnx(const std::filesystem::path& file, const ImportOptions& options);
// Writes the model as ONNX. Throws OutputError, and ModelError if the model has no weights.
void write_onnx(Model& model, const std::filesystem::path& file);

// The functions of the module: module<ProtobufModule>("protobuf").
struct ProtobufModule {
  decltype(read_caffe)* caffe;
  decltype(read_onnx)* onnx;
  decltype(write_onnx)* save_onnx;
};

// Sets description.input for an input of this size. Uses the preset in the options or, if there is none, the
// preset `fallback`, with a note that the file does not name one. If the network has one channel, photos
// become grey, with mean 0 and std 1. Call it after the layers are set. Throws ModelError.
void set_input(Model& model, const ImportOptions& options, const std::string& fallback, Size2 size);

// Applies the options that override the preparation: channels, scale, std, resize and mean. Throws
// ModelError, also if a number cannot be right for the range of the photo's pixels.
void override_input(Model& model, const ImportOptions& options);

// Sets the mean. Throws ModelError if a value is outside the range of the photo's pixels. Adds a note if the
// channels seem to be in the wrong order.
void use_mean(Model& model, const std::array<double, 3>& mean);

// Returns true if the options have anything but labels.
bool describes_model(const ImportOptions& options);

// Returns the three numbers of "104,117,123" or "104, 117, 123". Returns none for any other text.
std::optional<std::array<double, 3>> parse_mean(const std::string& text);

// Returns the channel order of a mean: "red,green,blue", "blue,green,red" or "grey".
std::string order_of_mean(const image::Preprocess& input);

// Returns true if the name ends in .npy. override_input() reads such a file itself, for every format.
bool is_numpy_file(const std::string& name);

// Returns true for a name of Caffe's text format: "deploy.prototxt", or "deploy.prototxt.txt" as mail
// programs change it, in capitals or not.
bool is_prototxt(const std::filesystem::path& path);

}  // namespace alexnet
