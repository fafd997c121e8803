// Writes kinds of JPEG files that Pillow does not write.
#pragma once

#include "image_files.hpp"

namespace alexnet::image {

enum class JpegKind { scan_for_each_component, arithmetic, restart_each_row };

FileBytes written_jpeg(const Image& image, JpegKind kind);

}  // namespace alexnet::image
