// Reads the samples of a TIFF as bytes.
#pragma once

#include <vector>

#include "image/tiff/layout.hpp"

namespace alexnet::image::tiff {

// Decodes all strips or tiles. Returns height x width x kept bytes. Samples of fewer than 8 bits are scaled
// to 0 to 255, except palette indices; of more than 8 bits the high byte is kept. Cb and Cr are repeated for
// each pixel of a block. Throws ImageError if the data are truncated or corrupt.
std::vector<std::uint8_t> read_samples(const File& file, const Layout& layout);

}  // namespace alexnet::image::tiff
