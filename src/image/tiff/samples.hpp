// The samples of a TIFF as bytes.
#pragma once

#include <vector>

#include "image/tiff/layout.hpp"

namespace alexnet::image::tiff {

// Decodes all strips or tiles. Returns height x width x kept bytes. Samples of fewer than 8 bits are spread over 0 to 255
// (indices of a palette stay), of more than 8 the high byte is taken; Cb and Cr are repeated for each pixel of a block.
// Throws ImageError if the data are truncated or corrupt.
std::vector<std::uint8_t> read_samples(const File& file, const Layout& layout);

}  // namespace alexnet::image::tiff
