// What a PNG file says of itself beside its pixels, as far as it is about the orientation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/bytes.hpp"

namespace alexnet::image {

struct PngMetadata {
  std::vector<std::uint8_t> exif;  // a TIFF block
  std::string xmp;
};

// Finds metadata where Pillow 9.4 finds it. EXIF: the chunk eXIf, or the text "exif"; without them the hexadecimal text
// "Raw profile type exif", which ImageMagick and exiftool write. XMP: the text "XML:com.adobe.xmp". Of each name the last
// chunk counts. Texts are read as far as their first MiB, unpacked. What cannot be read is left empty.
PngMetadata png_metadata(Bytes file);

}  // namespace alexnet::image
