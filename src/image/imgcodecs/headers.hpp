// Header checks that a file must pass before OpenCV decodes it.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

// Alpha channel of a file. unreadable: OpenCV drops it.
enum class Alpha { none, straight, unreadable };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  Alpha alpha = Alpha::none;
  // Set only for formats whose grey images OpenCV must not convert to colour itself.
  bool grey = false;
};

// Also check that width and height are within the limits and that the file is long enough for its pixels.
// Throw ImageError (stage "decode") if the file is not supported, truncated or corrupt.
Header read_jpeg2000_header(Bytes file);
Header read_pfm_header(Bytes file);
Header read_radiance_header(Bytes file);
Header read_sun_header(Bytes file);

}  // namespace alexnet::image
