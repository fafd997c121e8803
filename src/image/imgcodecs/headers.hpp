// What must be known of a BMP or WebP file before OpenCV may have it.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

enum class Alpha { none, straight, premultiplied };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  Alpha alpha = Alpha::none;
};

// These check the sides too, and that the pixels can be in the file. They throw ImageError (stage "decode").
Header read_bmp_header(Bytes file);
Header read_webp_header(Bytes file);

}  // namespace alexnet::image
