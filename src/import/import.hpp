// Opens a model of any format: native ones, and what Caffe, torch and ONNX files hold.
#pragma once

#include <filesystem>
#include <string>

#include "network/model.hpp"

namespace alexnet {

// What a file of another format does not say. Each is empty where nothing is to be added; a native model, which says
// all this itself, takes labels alone.
struct ImportOptions {
  std::filesystem::path network;  // network.json of the stack, or a .prototxt
  std::filesystem::path labels;   // one class a line
  std::string preset;             // how photos are prepared: one of preset_names()
  std::string mean;               // "104,117,123" in the network's channel order, or a mean file of Caffe
};

// Throws ModelError. A model with 1000 outputs and no labels of its own gets the ImageNet ones, and a note that says
// so. A network that ends in scores (logits) gets a softmax.
Model open_model(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace alexnet
