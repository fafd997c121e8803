// The metadata of a model that is one file.
#pragma once

#include <map>
#include <string>

#include "alexnet/model.hpp"

namespace alexnet {

// Returns the metadata that turn a file of tensors into a model. "network" is a network.json that names no
// other files and no tensors, so that every tensor has the name of its layer. "labels", with one class per
// line, is present if the model has labels. Throws ModelError if the labels are not UTF-8.
std::map<std::string, std::string> model_metadata(const Model& model);

}  // namespace alexnet
