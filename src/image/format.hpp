// Which format a file is in, told from its first bytes alone: a name proves nothing, and OpenCV must not
// guess, since a build with GDAL or GDCM lets these claim many a file.
#pragma once

#include "image/bytes.hpp"

namespace alexnet::image {

enum class Format { jpeg, png, bmp, webp, tiff, pnm, jpeg2000, pfm, hdr, sun };

const char* name_of(Format format);

// Throws ImageError (stage "decode") for anything else, with the format's name where it is a known one.
Format recognise(Bytes bytes);

}  // namespace alexnet::image
