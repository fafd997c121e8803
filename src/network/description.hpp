// Content of a network.json. models/network.schema.json documents every key of the format.
#pragma once

#include <string>
#include <string_view>

#include "alexnet/model.hpp"

namespace alexnet {

// Returns the preset `name` for a network with an input of this size. The size to which an image is resized
// before the crop scales with it. `name` must be one of preset_names().
image::Preprocess preset_input(const std::string& name, Size2 size);

// Parses and checks a network.json, and derives the shape of every layer. `file` names the text in errors.
// Throws ModelError.
Description parse_description(std::string_view text, const std::string& file);

// Returns the description as JSON that parse_description() turns into an equal Description. The preprocessing
// is written in full, without a preset. Invalid UTF-8 becomes U+FFFD.
std::string network_json(const Description& description);

}  // namespace alexnet
