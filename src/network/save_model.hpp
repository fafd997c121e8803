// Saves a model as a single file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "network/model.hpp"

namespace alexnet {

// Writes a .safetensors file whose metadata contain the network, the preprocessing, the source, the licence
// and the labels. `dtype` is the element type of the weights: "F32", "F16", "BF16" or "I8". "I8" stores
// fully-connected layers as I8 with one scale per row, and convolutions as F16. Biases and the tensors of
// batch normalisation stay F32. Throws ModelError if the model has no weights, if its labels are not UTF-8 or
// if the type cannot hold a weight, and OutputError if the file cannot be written.
void save_model(Model& model, const std::filesystem::path& file, std::string_view dtype = "F32");

// Returns the metadata that turn a file of tensors into a model. "network" is a network.json that names no
// other files and no tensors, so that every tensor has the name of its layer. "labels", with one class per
// line, is present if the model has labels. Throws ModelError if the labels are not UTF-8.
std::map<std::string, std::string> model_metadata(const Model& model);

}  // namespace alexnet
