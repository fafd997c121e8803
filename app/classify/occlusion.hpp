// Occlusion maps: how much the probability of an answer drops when a square of the input is hidden.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "image/image.hpp"
#include "network/network.hpp"

namespace alexnet::app {

// Squares in rows and columns (Zeiler, Fergus 2014, section 4.2), in pixels. Square (i, j) begins at row top
// + i * stride and column left + j * stride, and is clipped to the input. The middle thirds, stride x stride
// each, tile the input.
struct Squares {
  int side = 0;
  int stride = 0;
  int top = 0, left = 0;
  int rows = 0, columns = 0;
};

// Returns squares with a side of three strides, about 13 along the shorter side of the input.
Squares squares_for(const Shape& input);

struct Occlusion {
  Squares squares;
  std::size_t index = 0;     // class
  float probability = 0.0F;  // without a hidden square
  // Drop of the probability for each hidden square, rows x columns. Negative if the probability rises.
  std::vector<float> drops;

  // Returns true if the probability or a drop is NaN.
  bool has_nan() const;
  // Returns the index of the largest drop. Empty if no drop is above 0 or if has_nan().
  std::optional<std::size_t> lowest() const;
};

// Hides each square in turn and returns how far the probability of class `index` drops. input: C x H x W,
// normalised; a hidden square is 0 there, which is the model's mean. probability: that of class `index` without
// a hidden square. Each pass of the network runs up to `batch` inputs, one for each square; the workspace must
// have room for that many.
Occlusion occlude(const Network& network, Workspace& workspace, int batch, std::span<const float> input,
                  std::size_t index, float probability);

// Draws the drops over the photo in dimmed grey: image::heat() of each drop above 0 divided by the largest,
// interpolated between the centres of the squares. If lowest() is empty, draws the photo alone with the
// reason below. `photo` is the crop that the network sees, at any scale.
image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo);

}  // namespace alexnet::app
