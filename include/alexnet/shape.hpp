// Sizes and shapes. Activations are float32, row-major, NCHW: N images, C channels, H rows, W columns.
//
//   const alexnet::Shape input{3, 227, 227};
//   std::vector<float> image(input.count());  // 154,587
#pragma once

#include <cstddef>
#include <string>

#pragma GCC visibility push(default)
namespace alexnet {

// A vertical and a horizontal size, such as those of a kernel, a stride or a dilation.
struct Size2 {
  int h = 1;
  int w = 1;
  bool operator==(const Size2&) const = default;
};

// Padding around a plane, in pixels on each side.
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

// Shape of the activation of one image.
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

// Returns "3 x 227 x 227", or "4096" if height and width are 1.
std::string to_string(const Shape& shape);

}  // namespace alexnet
#pragma GCC visibility pop
