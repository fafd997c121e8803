// Small pictures side by side, as large as can be seen.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "image/image.hpp"

namespace alexnet::app {

// Pictures of one size, row by row, and how often each of their pixels is repeated downwards and to the right.
struct Grid {
  int columns = 1;
  int zoom = 1;
};

// The columns that make a grid of `count` pictures about half as wide again as high, without gaps in its last row where
// they can.
int columns_for(std::size_t count);

// The least zoom at which the longer side has at least 800 pixels; at most 64.
int zoom_for(Size2 tile, std::size_t count, int columns);

// White between the pictures. Throws std::runtime_error where the result would have more than 2^26 pixels.
image::Image draw(const Grid& grid, std::span<const image::Image> tiles);

// A bar of image::heat() below the picture, from "0" to `most`.
image::Image with_scale(const image::Image& picture, const std::string& most);

// Words below the picture, where there is no scale.
image::Image with_words(const image::Image& picture, const std::string& words);

}  // namespace alexnet::app
