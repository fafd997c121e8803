// Pillow's antialiased bilinear resize of 8-bit images, bit for bit.
#pragma once

#include "alexnet/image.hpp"

namespace alexnet::image {

struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// Returns `region` of the image resized to width x height. Pixels outside it are never computed, however
// large the resized image is. `region` lies within width x height and is not empty.
Image resize_pillow(const Image& image, int width, int height, const Region& region);

}  // namespace alexnet::image
