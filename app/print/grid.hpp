// Sheets of small pictures side by side, enlarged.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alexnet/image.hpp"

namespace alexnet::app {

// Layout of pictures of one size, row by row. zoom: how often each pixel is repeated in both directions.
struct Grid {
  int columns = 1;
  int zoom = 1;
};

// Returns the number of columns that makes a grid of `count` pictures about 1.5 times as wide as high.
// Prefers a number that fills the last row.
int columns_for(std::size_t count);

// Returns the minimum zoom at which the longer side of the grid has at least 800 pixels; at most 64.
int zoom_for(Size2 tile, std::size_t count, int columns);

// Draws the pictures, all of one size, with white gaps between and around them. labels: none, or a text for
// each picture; they stand below the pictures if all of them fit. Throws UsageError if the result
// would have more than 2^26 pixels.
image::Image draw(const Grid& grid, std::span<const image::Image> tiles,
                  std::span<const std::string> labels = {});

// Returns a white picture.
image::Image white(int width, int height);
// Draws the tile, each pixel repeated `zoom` times in both directions. It must lie inside the sheet.
void paste(image::Image& sheet, const image::Image& tile, int left, int top, int zoom = 1);
// Draws the photo at the left of the sheet, its longer side with about 256 pixels.
image::Image beside(const image::Image& photo, const image::Image& sheet);

// Adds a strip below the picture: a bar of image::heat() colours, labelled "0" and `max`. Omits the bar if
// the picture is too narrow.
image::Image with_scale(const image::Image& picture, const std::string& max);

// Adds a strip below the picture with text instead of a bar.
image::Image with_words(const image::Image& picture, const std::string& words);

}  // namespace alexnet::app
