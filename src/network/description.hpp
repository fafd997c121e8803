// What a network.json says. Its format is documented, key by key, in models/network.schema.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/preprocess.hpp"
#include "layers/layers.hpp"

namespace alexnet {

// A published accuracy, as fractions.
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
  std::vector<Layer> layers;  // at least one; every layer's input is the output of the one before it
  std::string weights;        // file beside network.json; empty: none
  std::string labels;         // likewise
};

// The known ways to prepare a photo, "torchvision", "caffe" ...
std::vector<std::string> preset_names();

// The preset `name`, one of preset_names(), for a network whose input has this size: what the photo is resized to
// before the crop grows or shrinks with it.
image::Preprocess preset_input(const std::string& name, Size2 size);

// Parses and checks; derives every shape. `file` is named in errors. Throws ModelError.
Description parse_description(std::string_view text, const std::string& file);

// The same as JSON: parse_description makes an equal Description of it. The input is written out, without a preset.
std::string network_json(const Description& description);

}  // namespace alexnet
