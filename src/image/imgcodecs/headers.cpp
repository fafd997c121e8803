#include "image/imgcodecs/headers.hpp"

#include "image/decoders.hpp"

namespace alexnet::image {
namespace {

std::string counted(std::uint32_t number, const char* what) { return std::to_string(number) + " " + what; }

// OpenCV paints a number past the palette's end black without a word.
void check_palette_numbers(Bytes pixels, std::size_t step, std::size_t width, std::size_t height,
                           std::uint32_t bits, std::uint32_t colours) {
  if (colours == 0 || colours == 1U << bits) return;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t bit = x * bits;
      const std::uint32_t packed = pixels[y * step + bit / 8];
      if ((packed >> (8 - bits - bit % 8) & ((1U << bits) - 1)) >= colours) {
        refuse(Format::bmp, "a pixel is of a colour that the palette does not have");
      }
    }
  }
}

}  // namespace

// BITMAPFILEHEADER of 14 bytes, then a BITMAPCOREHEADER of 12 or a BITMAPINFOHEADER of 40 and more.
Header read_bmp_header(Bytes file) {
  const bool core = little32(file, 14) == 12;
  const auto width = static_cast<std::int32_t>(core ? little16(file, 18) : little32(file, 18));
  const auto height = static_cast<std::int32_t>(core ? little16(file, 20) : little32(file, 22));
  const std::uint32_t bits = little16(file, core ? 24 : 28);
  const std::uint32_t compression = core ? 0 : little32(file, 30);
  const std::uint32_t colours = core ? 0 : little32(file, 46);
  const std::uint32_t pixels_at = little32(file, 10);
  if (file.size() < 26 || (!core && file.size() < 54)) refuse(Format::bmp, "truncated in its header");
  if (width < 0) refuse(Format::bmp, "its width is negative");
  if (height < 0)
    refuse(Format::bmp, "its height is negative (stored from the top down), which is not supported");
  check_size(Format::bmp, width, height);
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    refuse(Format::bmp, counted(bits, "bits per pixel are not supported"));
  }
  if (compression > 3) refuse(Format::bmp, "compression " + counted(compression, "is not supported"));
  if (bits <= 8 && colours > 1U << bits)
    refuse(Format::bmp, "its palette has " + counted(colours, "colours"));
  const bool run_length = compression == 1 || compression == 2;
  const std::int64_t step = (static_cast<std::int64_t>(width) * bits + 31) / 32 * 4;
  const std::int64_t least = run_length ? 1 : step * height;
  if (static_cast<std::int64_t>(file.size()) < pixels_at + least) {
    refuse(Format::bmp, "truncated: its pixels end past the file");
  }
  if (bits <= 8 && !run_length) {
    check_palette_numbers(part(file, pixels_at), static_cast<std::size_t>(step),
                          static_cast<std::size_t>(width), static_cast<std::size_t>(height), bits, colours);
  }
  // The fourth byte means alpha only where a header of version 3 or later gives it a mask.
  const bool alpha = bits == 32 && compression == 3 && little32(file, 14) >= 56 && little32(file, 66) != 0;
  return {width, height, alpha ? Alpha::straight : Alpha::none};
}

// RIFF, then VP8X (the extended form), VP8L (lossless) or VP8 (lossy).
Header read_webp_header(Bytes file) {
  Header header;
  if (has_text_at(file, 12, "VP8X")) {
    const std::uint32_t flags = byte_at(file, 20);
    if ((flags & 2) != 0)
      refuse(Format::webp, "animated images are not supported; convert it to PNG or JPEG");
    header.width = (little32(file, 24) & 0xffffff) + std::int64_t{1};
    header.height = (little32(file, 27) & 0xffffff) + std::int64_t{1};
    header.alpha = (flags & 16) != 0 ? Alpha::straight : Alpha::none;
  } else if (has_text_at(file, 12, "VP8L") && byte_at(file, 20) == 0x2f) {
    const std::uint32_t packed = little32(file, 21);
    header.width = (packed & 0x3fff) + std::int64_t{1};
    header.height = (packed >> 14 & 0x3fff) + std::int64_t{1};
    header.alpha = (packed >> 28 & 1) != 0 ? Alpha::straight : Alpha::none;
  } else if (has_text_at(file, 12, "VP8 ") && has_text_at(file, 23, "\x9d\x01\x2a")) {
    header.width = little16(file, 26) & 0x3fff;
    header.height = little16(file, 28) & 0x3fff;
  } else {
    refuse(Format::webp, "its header is truncated or corrupt");
  }
  check_size(Format::webp, header.width, header.height);
  if (file.size() < 8 + std::size_t{little32(file, 4)}) refuse(Format::webp, "truncated");
  return header;
}

}  // namespace alexnet::image
