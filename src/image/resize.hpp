// Pillow's antialiased bilinear resize of 8-bit images, to the bit.
#pragma once

#include "image/image.hpp"

namespace alexnet::image {

struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// The pixels of `region` of the image resized to width x height; those outside are never computed, however
// large the resized image is. region lies within 0..width, 0..height and is not empty.
Image resize_pillow(const Image& image, int width, int height, const Region& region);

}  // namespace alexnet::image
