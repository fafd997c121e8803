// How the pixels of a TIFF are stored (TIFF 6.0).
#pragma once

#include "image/tiff/file.hpp"

namespace alexnet::image::tiff {

enum class Colours { grey, inverted_grey, palette, rgb, cmyk, ycbcr, lab };

struct Layout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t compression = COMPRESSION_NONE;
  Colours colours = Colours::grey;
  unsigned bits = 8;     // in a sample, 1 to 16
  unsigned samples = 1;  // in a pixel of the file
  unsigned kept = 1;     // the first samples of a pixel: its colours, and the alpha if that is needed
  bool alpha = false;    // the last sample that is kept is the alpha
  bool premultiplied = false;
  bool planar = false;  // each sample has strips or tiles of its own
  bool tiled = false;
  std::uint32_t part_width = 0;  // of a strip or tile; at the edges tiles go on past the image
  std::uint32_t part_height = 0;
  // Pixels that share Cb and Cr; 1 x 1 if each has its own.
  unsigned block_width = 1;
  unsigned block_height = 1;
};

// Refuses what can be seen in the directory without libtiff, which calls some of it an error. Throws ImageError.
void check_directory(Bytes file);

// Returns the layout. `blended`: the alpha is needed although it is straight. Throws ImageError if the layout is not
// supported, or if the pixels cannot be in the file.
Layout read_layout(const File& file, std::size_t file_size, bool blended);

}  // namespace alexnet::image::tiff
