// What a model is made of.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "network/model.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// One model: what it is, how it sees a photo, and its layers with their GEMMs.
std::string model_text(const Model& model, const Style& style);
nlohmann::ordered_json model_json(const Model& model);

// Null where there is none.
nlohmann::ordered_json accuracy_json(const std::optional<Accuracy>& accuracy);

// Several, one a line.
std::string models_text(const std::vector<Model>& models, const Style& style);
std::string models_json(const std::vector<Model>& models);

// Bytes of the patch matrix that the engine `eigen` holds at a time, for one group of the convolution.
std::int64_t held_patch_bytes(const Layer& layer);

// "5", or "5x3" where height and width differ; a pad's four sides where it is not the same on opposite ones.
std::string text_of(const Size2& size);
std::string text_of(const Pad& pad);

}  // namespace alexnet::app
