// What must not be written to.
#pragma once

#include <string>
#include <vector>

#include "network/model.hpp"

namespace alexnet::app {

// Throws std::runtime_error where the output that is about to be written is a file that is being read. "-" is a stream.
void refuse_to_overwrite(const std::string& input, const std::string& output);
// Likewise where it is an image, which a list may name, or one of the model's files.
void refuse_to_overwrite_image(const std::string& output);
void refuse_to_overwrite_model(const Model& model, const std::string& output);
// Likewise where a file beside the results is no file, "-", or is named twice; "" is none.
void require_files(const std::vector<std::string>& outputs);

}  // namespace alexnet::app
