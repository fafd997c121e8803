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

// Returns true if the options have anything but labels.
bool describes_model(const ImportOptions& options);

// Returns true for a name of Caffe's text format: "deploy.prototxt", or "deploy.prototxt.txt" as mail
// programs change it, in capitals or not.
bool is_prototxt(const std::filesystem::path& path);

}  // namespace alexnet
