// Opens a model of any format: native, Caffe, torch or ONNX.
#pragma once

#include <filesystem>
#include <string>

#include "network/model.hpp"

namespace alexnet {

// Information that files of other programs lack. Leave a field empty to add nothing. A native model has its
// own network and preparation, so it accepts only labels.
struct ImportOptions {
  std::filesystem::path network;  // network.json with the layers, or a .prototxt
  std::filesystem::path labels;   // one class per line
  std::string preset;             // preparation of photos: one of preset_names()
  std::string mean;               // "104,117,123" in the network's channel order, or a Caffe mean file
};

// Opens the model at `path`. A model with 1000 outputs and no labels of its own gets the ImageNet labels, and
// a note that says so. An imported network that ends in scores (logits) gets a softmax. Throws ModelError.
Model open_model(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace alexnet
