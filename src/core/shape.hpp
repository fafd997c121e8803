// Shapes. Activations are NCHW, row-major, float32: N images of C channels of H rows of W columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alexnet {

// A pair of sizes along the vertical and the horizontal axis: a kernel, a stride, a dilation.
struct Size2 {
  int h = 1;
  int w = 1;
  bool operator==(const Size2&) const = default;
};

// What is put around a plane before a window slides over it. Mostly the same above and below, left and right.
struct Pad {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;

  Pad() = default;
  Pad(int h, int w) : Pad(h, w, h, w) {}
  Pad(int above, int before, int below, int after) : top(above), left(before), bottom(below), right(after) {}
  bool symmetric() const { return top == bottom && left == right; }
  bool operator==(const Pad&) const = default;
};

// The activation of one image.
struct Shape {
  int channels = 0;
  int height = 0;
  int width = 0;

  std::size_t count() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  std::size_t plane() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
  bool operator==(const Shape&) const = default;
};

// The most elements that an activation of one image, or a tensor of weights, may have.
inline constexpr std::int64_t kMaxElements = (std::int64_t{1} << 31) - 1;

// The dimensions of a tensor of weights, slowest first.
using Dims = std::vector<std::int64_t>;

// "3 x 227 x 227"; a vector (height and width 1) is just "4096".
std::string to_string(const Shape& shape);
std::string to_string(const Dims& dims);

}  // namespace alexnet
