// Storage layout of a TIFF's pixels (TIFF 6.0).
#pragma once

#include "image/tiff/file.hpp"

namespace alexnet::image::tiff {

enum class Colours { grey, inverted_grey, palette, rgb, cmyk, ycbcr, lab };

struct Layout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t compression = COMPRESSION_NONE;
  Colours colours = Colours::grey;
  unsigned bits = 8;     // per sample, 1 to 16
  unsigned samples = 1;  // per pixel in the file
  // Number of leading samples of a pixel that are kept: the colours, and the alpha if it is needed.
  unsigned kept = 1;
  bool alpha = false;  // the last kept sample is the alpha
  bool premultiplied = false;
  bool planar = false;  // each sample has its own strips or tiles
  bool tiled = false;
  // Size of a strip or tile. Tiles may extend past the right and bottom edges of the image.
  std::uint32_t part_width = 0;
  std::uint32_t part_height = 0;
  // Pixels that share one Cb and Cr; 1 x 1 if there is no subsampling.
  unsigned block_width = 1;
  unsigned block_height = 1;
};

// Checks the directory before libtiff opens the file: libtiff reports some unsupported layouts as errors.
// Throws ImageError if the layout is not supported.
void check_directory(Bytes file);

// Returns the layout. `blended`: keep straight alpha, too; premultiplied alpha is always kept. Throws
// ImageError if the layout is not supported, or if the file is too short for the pixels.
Layout read_layout(const File& file, std::size_t file_size, bool blended);

}  // namespace alexnet::image::tiff
