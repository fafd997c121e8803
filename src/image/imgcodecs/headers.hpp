// What must be known of a file before OpenCV may decode it.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

// unreadable: OpenCV drops it.
enum class Alpha { none, straight, unreadable };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  Alpha alpha = Alpha::none;
  bool grey = false;  // only set for formats whose grey images OpenCV must not turn into colours itself
};

// These check the sides too, and that the pixels can be in the file. They throw ImageError (stage "decode").
Header read_jpeg2000_header(Bytes file);
Header read_pfm_header(Bytes file);
Header read_radiance_header(Bytes file);
Header read_sun_header(Bytes file);

}  // namespace alexnet::image
