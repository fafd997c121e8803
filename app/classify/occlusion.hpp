// What an answer rests on: how far its probability falls while a square of the input is hidden.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "image/image.hpp"
#include "network/network.hpp"

namespace alexnet::app {

// Squares in rows and columns (Zeiler, Fergus 2014, section 4.2), stride pixels apart. Square (i, j) begins at row
// top + i * stride and column left + j * stride; what lies outside the input is cut off. The middle thirds, stride x
// stride each, tile the input.
struct Squares {
  int side = 0;
  int stride = 0;
  int top = 0, left = 0;
  int rows = 0, columns = 0;
};

// About 13 x 13 squares, of three strides a side.
Squares squares_for(const Shape& input);

struct Occlusion {
  Squares squares;
  std::size_t index = 0;     // of the class
  float probability = 0.0F;  // of nothing hidden
  std::vector<float>
      drops;  // rows x columns: by how much less it is with the square hidden; below 0 where it is more

  // Whether the probability, or one with a square hidden, is not a number.
  bool has_nan() const;
  // The square that lowers it most; empty: none does, or there is NaN.
  std::optional<std::size_t> lowest() const;
};

// Hides each square behind the model's mean, which is 0 in the normalised input (C x H x W), `batch` of them in a pass.
// The workspace was made for that many.
Occlusion occlude(const Network& network, Workspace& workspace, int batch, std::span<const float> input,
                  std::size_t index, float probability);

// The drops over the photo, grey and dimmed: image::heat() of shares of the greatest, between the squares' middles
// interpolated. Where there is none to draw, the photo alone, and why. `photo` shows what the network sees, at any scale.
image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo);

}  // namespace alexnet::app
