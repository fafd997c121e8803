// GIF files written by the tests.
#pragma once

#include <optional>

#include "byte_edits.hpp"

namespace alexnet::image {

struct GifFrame {
  int left = 0, top = 0;
  int width = 0, height = 0;
  FileBytes indices = {};  // width * height, in the order in which the rows are stored
  bool interlaced = false;
  std::vector<Rgb> palette = {};  // local; none if empty
  std::optional<int> transparent = {};
};

struct GifPicture {
  int width = 0, height = 0;
  std::vector<Rgb> palette = {};  // 2, 4, ... 256 colours; none if empty
  int background = 0;
  std::vector<GifFrame> frames = {};
};

// Writes a GIF with LZW codes of single pixels.
FileBytes written_gif(const GifPicture& picture);

}  // namespace alexnet::image
