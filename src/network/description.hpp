// Content of a network.json. models/network.schema.json documents every key of the format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/preprocess.hpp"
#include "layers/layers.hpp"

namespace alexnet {

// A published accuracy. top1 and top5 are fractions, 0 to 1.
struct Accuracy {
  std::string data;  // "ILSVRC-2012 validation"
  double top1 = 0.0;
  std::optional<double> top5;
};

struct Description {
  std::string name;
  std::string source;
  std::string licence;
  std::optional<Accuracy> accuracy;
  image::Preprocess input;
  std::vector<Layer> layers;  // at least one; each layer's input is the output of the previous one
  std::string weights;        // file name relative to network.json's folder; "" if there is none
  std::string labels;         // file name relative to network.json's folder; "" if there is none
};

// Returns the names of the known preprocessing presets, such as "torchvision" and "caffe".
std::vector<std::string> preset_names();

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
