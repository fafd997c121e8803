// Metadata of a PNG file from which its orientation is read.
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

// Reads metadata from the chunks that Pillow 9.4 uses. EXIF: the chunk eXIf or the text "exif"; if there is
// neither, the hexadecimal text "Raw profile type exif", which ImageMagick and exiftool write. XMP: the text
// "XML:com.adobe.xmp". If a name occurs more than once, the last chunk is used. The profile and XMP are
// truncated to 1 MiB after decompression. A field that is missing or malformed stays empty.
PngMetadata png_metadata(Bytes file);

}  // namespace alexnet::image
