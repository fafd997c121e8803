// Writes a model as one file that needs nothing beside it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "network/model.hpp"

namespace alexnet {

// A .safetensors file with network, preprocessing, source, licence and labels in its metadata. dtype: how the weights are
// stored, "F32", "F16", "BF16" or "I8": fully-connected layers in I8, a scale a row, and convolutions in F16. Biases and
// the statistics of batch normalisation, which are few, stay F32. Throws ModelError for a model without weights and for a
// weight that the type cannot hold, and OutputError.
void save_model(Model& model, const std::filesystem::path& file, std::string_view dtype = "F32");

// What makes one file of tensors a model: "network", a network.json that names no other file and calls every tensor by its
// layer's name, and "labels", a class a line, where the model has any. Throws ModelError if the labels are not UTF-8.
std::map<std::string, std::string> model_metadata(const Model& model);

}  // namespace alexnet
