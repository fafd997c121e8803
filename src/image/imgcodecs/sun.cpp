// Header checks for Sun raster: eight 32-bit numbers, a palette, and rows padded to 16 bits.
#include "image/imgcodecs/headers.hpp"

#include "image/decoders.hpp"

namespace alexnet::image {
namespace {

// Refuses an index past the end of the palette: OpenCV would paint it black.
void check_indices(Bytes pixels, std::size_t step, std::size_t width, std::size_t height,
                   std::uint32_t colours) {
  for (std::size_t y = 0; y < height; ++y) {
    for (const std::uint8_t index : part(pixels, y * step, width)) {
      if (index >= colours) refuse(Format::sun, "a pixel is of a colour that the palette does not have");
    }
  }
}

}  // namespace

Header read_sun_header(Bytes file) {
  const auto field = [&](std::size_t i) { return big32(file, 4 * i); };
  const Header header{.width = field(1), .height = field(2)};
  check_size(Format::sun, header.width, header.height);
  const std::uint32_t bits = field(3), type = field(5), map_type = field(6), map_bytes = field(7);
  // OpenCV 4.6 accepts types 2 and 3 but does not read them correctly.
  if (type > 1) {
    refuse(Format::sun,
           "type " + std::to_string(type) + (type == 2 ? " (run-length encoded)" : "") + " is not supported");
  }
  // OpenCV 4.6 inverts images of 1 bit.
  if (bits != 8 && bits != 24 && bits != 32) {
    refuse(Format::sun, std::to_string(bits) + " bits per pixel are not supported");
  }
  if (map_bytes != 0 && (map_type != 1 || bits != 8 || map_bytes > 768 || map_bytes % 3 != 0)) {
    refuse(Format::sun, "its palette is not supported");
  }
  if (map_bytes == 0 && map_type != 0) refuse(Format::sun, "its palette is empty");
  const auto width = static_cast<std::size_t>(header.width), height = static_cast<std::size_t>(header.height);
  const std::size_t step = (width * bits / 8 + 1) / 2 * 2;
  const Bytes pixels = part(file, 32 + map_bytes);
  if (pixels.size() < step * height) refuse(Format::sun, "truncated: its pixels end past the file");
  if (map_bytes != 0) check_indices(pixels, step, width, height, map_bytes / 3);
  return header;
}

}  // namespace alexnet::image
