// Reports about models and their layers.
#pragma once

#include <string>
#include <vector>

#include "network/model.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// Describe one model: its source, its preprocessing, and its layers with their sizes and costs.
std::string model_text(const Model& model, const Style& style);
// Returns one line of JSON without a newline.
std::string model_json(const Model& model);

// Describe several models: a table with a row for each, or one JSON object per line.
std::string models_text(const std::vector<Model>& models, const Style& style);
std::string models_json(const std::vector<Model>& models);

// Return "5", or "5x3" (height x width) if the two differ. Padding that differs on opposite sides is
// "top,left,bottom,right".
std::string text_of(const Size2& size);
std::string text_of(const Pad& pad);

}  // namespace alexnet::app
