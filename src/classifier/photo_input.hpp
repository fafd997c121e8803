// Turns a photo into the input of a network.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "alexnet/image.hpp"

namespace alexnet {

// How photos are read.
struct Reading {
  std::optional<image::Rgb> background = std::nullopt;  // see image::load()
  int crops = 1;                                        // 1 or 10
  bool exact = false;                                   // decode every JPEG at full size
};

// Returns the minimum size at which a JPEG is decoded for this input. Empty: the full size.
std::optional<Size2> decode_size(const image::Preprocess& input, const Reading& how);

// Crops of a photo, in pixels, and the scale at which the photo was decoded: 1, 1/2, 1/4 or 1/8.
struct PhotoInput {
  std::vector<image::Image> crops;
  double decode_scale = 1.0;
  std::string note = {};  // what is odd about the file, or ""
};

// Returns `count` crops (1 or 10) of the photo and writes them to `out`, normalised: count x C x H x W
// floats. Throws ImageError (stage "preprocess"), also if there is not enough memory.
PhotoInput make_input(const image::Image& photo, const image::Preprocess& input, int count, float* out);

}  // namespace alexnet
