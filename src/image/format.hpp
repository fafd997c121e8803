// Detects the format of a file from its first bytes. File names are not reliable, and OpenCV must not guess:
// builds with GDAL or GDCM claim many other files.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

enum class Format { jpeg, png, bmp, webp, tiff, pnm, jpeg2000, pfm, hdr, sun, gif, heic, avif };

const char* name_of(Format format);

// Returns the format of a file. Throws ImageError (stage "decode") for any other content; the reason names
// the format if it is a known one.
Format recognise(Bytes bytes);

}  // namespace alexnet::image
