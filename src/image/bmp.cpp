// BMP, by a decoder of our own: Debian has no library for it, and OpenCV 4.6 ignores colour masks and lets
// runs continue past their row. Sources: Microsoft's "Bitmap Header Types" for headers of 12, 40, 52, 56, 108
// and 124 bytes, and IBM's OS/2 2.0 Presentation Manager reference for those of 16 and 64.
#include "image/decoders.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace alexnet::image {
namespace {

constexpr std::size_t kFileHeader = 14;
enum Compression : std::uint32_t { kNone = 0, kRuns8 = 1, kRuns4 = 2, kMasks = 3 };
using Masks = std::array<std::uint32_t, 4>;  // red, green, blue, alpha

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;  // per pixel
  std::uint32_t compression = kNone;
  std::vector<Rgb> palette;  // for 1 to 8 bits
  Masks masks{};             // for 16, 24 and 32 bits
  std::size_t pixels_at = 0;
};

[[noreturn]] void refuse_truncated() { refuse(Format::bmp, "truncated: its pixels end past the file"); }

std::string hexadecimal(const Masks& masks) {
  std::string text;
  for (const std::uint32_t mask : masks) {
    std::array<char, 12> digits{};
    std::snprintf(digits.data(), digits.size(), " %x", static_cast<unsigned>(mask));
    text += digits.data();
  }
  return text;
}

const char* name_of_compression(std::uint32_t compression, bool os2) {
  switch (compression) {
    case 3:
      return " (Huffman 1D)";  // OS/2 only
    case 4:
      return os2 ? " (RLE24)" : " (JPEG)";
    case 5:
      return " (PNG)";
    case 11:
    case 12:
    case 13:
      return " (CMYK)";
    default:
      return "";
  }
}

void check_compression(std::uint32_t compression, std::uint32_t bits, bool os2) {
  if (compression > kMasks || (os2 && compression == kMasks)) {
    refuse(Format::bmp, "compression " + std::to_string(compression) + name_of_compression(compression, os2) +
                            " is not supported");
  }
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    refuse(Format::bmp, std::to_string(bits) + " bits per pixel are not supported");
  }
  if ((compression == kRuns8 && bits != 8) || (compression == kRuns4 && bits != 4) ||
      (compression == kMasks && bits < 16)) {
    refuse(Format::bmp, "compression " + std::to_string(compression) + " is not supported for " +
                            std::to_string(bits) + " bits per pixel");
  }
}

// Refuses masks unless each is one contiguous range of bits inside the pixel and no two overlap.
void check_masks(const Masks& masks, std::uint32_t bits) {
  std::uint32_t taken = bits == 32 ? 0 : ~0U << bits;
  for (std::size_t c = 0; c < masks.size(); ++c) {
    const std::uint32_t mask = masks[c];
    const bool is_range = mask == 0 ? c == 3 : std::has_single_bit((mask >> std::countr_zero(mask)) + 1ULL);
    if (!is_range || (mask & taken) != 0) {
      refuse(Format::bmp, "the colour masks" + hexadecimal(masks) + " are not supported");
    }
    taken |= mask;
  }
}

Masks read_masks(Bytes file, const Header& header, std::size_t header_size) {
  const Masks usual = header.bits == 16 ? Masks{0x7c00, 0x3e0, 0x1f, 0} : Masks{0xff0000, 0xff00, 0xff, 0};
  if (header.compression != kMasks) return usual;
  const auto mask = [&](std::size_t i) { return little32(file, kFileHeader + 40 + 4 * i); };
  // The fourth byte of a pixel means alpha only if a header of version 3 or later has a mask for it.
  const Masks masks{mask(0), mask(1), mask(2), header_size >= 56 ? mask(3) : 0};
  if (header.bits == 32 && masks == Masks{}) return usual;  // as Pillow reads it
  check_masks(masks, header.bits);
  return masks;
}

// Reads the palette and sets pixels_at. end: offset of the header's end. count: number of colours in the
// header.
void read_palette(Header& header, Bytes file, std::size_t end, std::size_t count, std::size_t colour_size) {
  if (header.bits > 8) {
    count = 0;  // the palette is only a hint for displays
  } else if (count == 0) {
    count = std::size_t{1} << header.bits;
  } else if (count > 256) {
    refuse(Format::bmp, "its palette has " + std::to_string(count) + " colours");
  }
  header.pixels_at = little32(file, 10);
  // Some writers leave the offset at 0 or do not count the palette in it.
  if (header.pixels_at == 0 || (header.bits <= 8 && header.pixels_at == end)) {
    header.pixels_at = end + count * colour_size;
  }
  if (header.pixels_at < end) refuse(Format::bmp, "its pixels begin inside its header");
  if (header.pixels_at >= file.size()) refuse_truncated();
  count = std::min(count, (header.pixels_at - end) / colour_size);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const colour = &file[end + i * colour_size];
    header.palette.push_back({colour[2], colour[1], colour[0]});
  }
  if (header.bits <= 8 && count == 0) refuse(Format::bmp, "it has no palette");
}

Header read_header(Bytes file) {
  const std::uint32_t size = little32(file, kFileHeader);
  if (file.size() < 18 || file.size() < kFileHeader + size) refuse(Format::bmp, "truncated in its header");
  constexpr std::array<std::uint32_t, 8> kSizes{12, 16, 40, 52, 56, 64, 108, 124};
  if (std::ranges::find(kSizes, size) == kSizes.end()) {
    refuse(Format::bmp, "a header of " + std::to_string(size) + " bytes is not supported");
  }
  // Fields past the header's end are 0.
  const auto field = [&](std::size_t at) { return at + 4 <= kFileHeader + size ? little32(file, at) : 0; };
  const bool core = size == 12;
  Header header;
  const auto side = [&](std::size_t at) { return std::int64_t{static_cast<std::int32_t>(field(at))}; };
  header.width = core ? little16(file, 18) : side(18);
  header.height = core ? little16(file, 20) : side(22);
  header.bits = little16(file, core ? 24 : 28);
  header.compression = field(30);
  if (header.width < 0) refuse(Format::bmp, "its width is negative");
  header.top_down = header.height < 0;
  header.height = std::abs(header.height);
  check_size(Format::bmp, header.width, header.height);
  check_compression(header.compression, header.bits, size == 16 || size == 64);

  const bool masks_follow = header.compression == kMasks && size == 40;
  const std::size_t end = kFileHeader + size + (masks_follow ? 12 : 0);
  if (file.size() < end) refuse(Format::bmp, "truncated in its header");
  if (header.bits > 8) header.masks = read_masks(file, header, size);
  read_palette(header, file, end, field(46), core ? 3 : 4);
  return header;
}

// Returns the image row that is stored as row y of the file.
std::size_t row_of(const Header& header, std::size_t y) {
  return header.top_down ? y : static_cast<std::size_t>(header.height) - 1 - y;
}

const Rgb& colour_of(const Header& header, std::size_t number) {
  if (number >= header.palette.size()) {
    refuse(Format::bmp, "a pixel is of a colour that the palette does not have");
  }
  return header.palette[number];
}

// Calls put(x, y, number) for each pixel of the runs. y counts rows in file order; number is a palette index.
// Runs are clipped at the end of their row, as Pillow does. Pixels may be skipped.
template <typename Put>
void unpack_runs(const Header& header, Bytes runs, const Put& put) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const bool halves = header.compression == kRuns4;
  std::size_t at = 0, x = 0, y = 0;
  const auto next = [&] {
    if (at >= runs.size()) refuse_truncated();
    return std::size_t{runs[at++]};
  };
  const auto number = [halves](std::size_t byte, std::size_t i) {
    return !halves ? byte : i % 2 == 0 ? byte >> 4 : byte & 15;
  };
  // The end-of-bitmap mark may be missing.
  while (y < height && (y + 1 < height || x < width)) {
    const std::size_t count = next();
    const std::size_t value = next();
    if (count > 0) {
      for (std::size_t i = 0; i < count && x < width; ++i) put(x++, y, number(value, i));
    } else if (value == 0) {
      x = 0;
      ++y;
    } else if (value == 1) {
      refuse(Format::bmp, "it ends before its last pixel");
    } else if (value == 2) {
      x += next();
      y += next();
      if (x > width) refuse(Format::bmp, "it skips pixels past the end of a row");
    } else {
      if (value > width - x) refuse(Format::bmp, "it has pixels past the end of a row");
      std::size_t byte = 0;
      for (std::size_t i = 0; i < value; ++i) {
        if (!halves || i % 2 == 0) byte = next();
        put(x++, y, number(byte, i));
      }
      at += (halves ? (value + 1) / 2 : value) % 2;  // padded to an even number of bytes
    }
  }
}

// Skipped pixels get the palette's first colour.
Image paint_runs(const Header& header, Bytes runs) {
  // Check everything before allocating: a short file may claim to be large.
  unpack_runs(header, runs, [&](std::size_t, std::size_t, std::size_t number) { colour_of(header, number); });
  const auto width = static_cast<std::size_t>(header.width);
  Image image = blank(header.width, header.height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = header.palette[0][i % 3];
  unpack_runs(header, runs, [&](std::size_t x, std::size_t y, std::size_t number) {
    std::copy_n(header.palette[number].data(), 3, &image.rgb[(row_of(header, y) * width + x) * 3]);
  });
  return image;
}

Image paint(const Header& header, Bytes pixels, std::size_t step) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const std::size_t bits = header.bits;
  Image image = blank(header.width, header.height);
  for (std::size_t y = 0; y < height; ++y) {
    std::uint8_t* to = &image.rgb[row_of(header, y) * width * 3];
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t bit = x * bits;
      const std::size_t number = pixels[y * step + bit / 8] >> (8 - bits - bit % 8) & ((1U << bits) - 1);
      to = std::copy_n(colour_of(header, number).data(), 3, to);
    }
  }
  return image;
}

// Extracts red, green, blue or alpha of a pixel, scaled so that its maximum is 255. Rounds down, as Pillow
// does.
class Channel {
 public:
  explicit Channel(std::uint32_t mask)
      : mask_(mask), shift_(mask == 0 ? 0 : std::countr_zero(mask)), largest_(mask >> shift_) {}
  std::uint8_t of(std::uint32_t pixel) const {
    const std::uint64_t value = (pixel & mask_) >> shift_;
    return static_cast<std::uint8_t>(largest_ == 255 ? value : value * 255 / largest_);
  }

 private:
  std::uint32_t mask_;
  int shift_;
  std::uint32_t largest_;
};

Image unpack_colours(const Header& header, Bytes pixels, std::size_t step, std::optional<Rgb> background) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const std::size_t size = header.bits / 8;
  const std::array<Channel, 4> all{Channel(header.masks[0]), Channel(header.masks[1]),
                                   Channel(header.masks[2]), Channel(header.masks[3])};
  const bool blend = background && header.masks[3] != 0;
  const std::span channels = std::span(all).first(blend ? 4 : 3);
  std::vector<std::uint8_t> image = pixel_buffer(width * height * channels.size());
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* from = pixels.data() + y * step;
    std::uint8_t* to = image.data() + row_of(header, y) * width * channels.size();
    for (std::size_t x = 0; x < width; ++x, from += size) {
      std::uint32_t pixel = 0;
      for (std::size_t i = 0; i < size; ++i) pixel |= std::uint32_t{from[i]} << 8 * i;
      for (const Channel& channel : channels) *to++ = channel.of(pixel);
    }
  }
  const int w = static_cast<int>(width);
  const int h = static_cast<int>(height);
  if (blend) return flatten(std::move(image), w, h, background);
  return {w, h, std::move(image)};
}

}  // namespace

Image decode_bmp(Bytes file, std::optional<Rgb> background) {
  const Header header = read_header(file);
  const Bytes pixels = part(file, header.pixels_at);
  if (header.compression == kRuns8 || header.compression == kRuns4) return paint_runs(header, pixels);
  const std::size_t row_bits = static_cast<std::size_t>(header.width) * header.bits;
  const std::size_t step = (row_bits + 31) / 32 * 4;
  // The padding of the last row may be missing.
  if (pixels.size() < step * (static_cast<std::size_t>(header.height) - 1) + (row_bits + 7) / 8) {
    refuse_truncated();
  }
  return header.bits <= 8 ? paint(header, pixels, step) : unpack_colours(header, pixels, step, background);
}

}  // namespace alexnet::image
