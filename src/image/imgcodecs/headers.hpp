// What must be known of a TIFF file before OpenCV may have it.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

enum class Alpha { none, straight, premultiplied };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  Alpha alpha = Alpha::none;
};

// Checks the sides too, and that the pixels can be in the file. Throws ImageError (stage "decode").
Header read_tiff_header(Bytes file);

}  // namespace alexnet::image
