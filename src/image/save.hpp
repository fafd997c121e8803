// PNG files in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alexnet/image.hpp"

namespace alexnet::image {

// Returns the bytes of a PNG file. An image without colours is written as grey, which is a third smaller.
// `file` is the name for error messages. Throws OutputError.
std::vector<std::uint8_t> encode_png(const std::string& file, const Image& image);

}  // namespace alexnet::image
