// Header checks for JPEG 2000. OpenCV 4.6 treats colour spaces other than grey and sRGB as sRGB or converts
// them wrongly, and assumes that all channels have as many bits as the widest one.
#include "image/imgcodecs/headers.hpp"

#include <algorithm>
#include <vector>

#include "image/decoders.hpp"

namespace alexnet::image {
namespace {

// OpenJPEG stores each sample in 4 bytes and holds the whole image in addition to the result.
constexpr std::int64_t kMaxJpeg2000Pixels = std::int64_t{1} << 26;
// OpenJPEG needs about 400 bytes per code block and 12 KiB per tile, whatever the file holds.
constexpr std::int64_t kMaxCodeBlocks = std::int64_t{1} << 20;
constexpr std::int64_t kMaxTiles = std::int64_t{1} << 14;

constexpr std::uint32_t kTilePart = 0xff90;

struct Box {
  std::string_view type;  // 4 letters
  Bytes content;
};

// Returns the first box (ISO/IEC 15444-1, annex I) and removes it from `rest`.
Box next_box(Bytes& rest) {
  if (rest.size() < 8) refuse(Format::jpeg2000, "truncated: there is no codestream");
  std::uint64_t size = big32(rest, 0);
  std::size_t header = 8;
  if (size == 1) {
    size = std::uint64_t{big32(rest, 8)} << 32 | big32(rest, 12);
    header = 16;
  } else if (size == 0) {
    size = rest.size();
  }
  if (size < header || size > rest.size())
    refuse(Format::jpeg2000, "truncated or corrupt: a box ends past the file");
  const Box box{{reinterpret_cast<const char*>(&rest[4]), 4}, rest.subspan(header, size - header)};
  rest = rest.subspan(size);
  return box;
}

// Checks the content of a "colr" box: an enumerated colour space or an ICC profile.
void check_colour_space(Bytes colr, bool grey) {
  constexpr std::uint32_t kEnumerated = 1, kSrgb = 16, kGrey = 17;
  if (byte_at(colr, 0) == kEnumerated) {
    const std::uint32_t space = big32(colr, 3);
    if (space != (grey ? kGrey : kSrgb)) {
      refuse(Format::jpeg2000, "colour space " + std::to_string(space) + " is not supported");
    }
  } else if (!has_text_at(colr, 3 + 16, grey ? "GRAY" : "RGB ")) {
    refuse(Format::jpeg2000, "its colour space is not supported, only sRGB and grey");
  }
}

// Returns the minimum area of a code block that a coding style allows. `style` begins at its number of
// decompositions (annex A.6.1).
std::int64_t min_block_area(Bytes style, bool has_precincts) {
  unsigned width = (byte_at(style, 1) & 15) + 2;  // log2 of the sides
  unsigned height = (byte_at(style, 2) & 15) + 2;
  if (has_precincts) {
    for (std::size_t resolution = 0; resolution <= byte_at(style, 0); ++resolution) {
      const std::uint32_t precinct = byte_at(style, 5 + resolution);
      const unsigned half = resolution > 0 ? 1 : 0;  // a precinct covers three subbands of half its size
      width = std::min(width, std::max(precinct & 15, half) - half);
      height = std::min(height, std::max(precinct >> 4, half) - half);
    }
  }
  return std::int64_t{1} << (width + height);
}

// Refuses a codestream that divides its samples into more than kMaxCodeBlocks code blocks. Returns the offset
// of the first tile part.
std::size_t check_main_header(Bytes stream, std::int64_t samples) {
  constexpr std::uint32_t kStyle = 0xff52, kChannelStyle = 0xff53;
  std::size_t at = 2;
  for (; big16(stream, at) != kTilePart; at += 2 + big16(stream, at + 2)) {
    const std::uint32_t marker = big16(stream, at);
    if (marker < 0xff00 || big16(stream, at + 2) < 2)
      refuse(Format::jpeg2000, "truncated or corrupt in its header");
    if (marker != kStyle && marker != kChannelStyle) continue;
    const std::size_t flags = at + 4 + (marker == kStyle ? 0 : 1);
    const Bytes style = part(stream, flags + (marker == kStyle ? 5 : 1));
    if (samples / min_block_area(style, (byte_at(stream, flags) & 1) != 0) > kMaxCodeBlocks) {
      refuse(Format::jpeg2000, "it has more than " + std::to_string(kMaxCodeBlocks) + " code blocks");
    }
  }
  return at;
}

// Refuses a codestream with missing tiles: OpenJPEG leaves them black. at: offset of the first tile part
// (annex A.4.2).
void check_tiles(Bytes stream, std::size_t at, std::int64_t tiles) {
  constexpr std::uint32_t kEnd = 0xffd9;
  if (tiles > kMaxTiles) {
    refuse(Format::jpeg2000,
           "it has " + std::to_string(tiles) + " tiles; at most " + std::to_string(kMaxTiles) + " are read");
  }
  std::vector<bool> is_there(static_cast<std::size_t>(tiles));
  while (big16(stream, at) == kTilePart) {
    const std::uint32_t number = big16(stream, at + 4);
    const std::uint32_t size = big32(stream, at + 6);
    if (number >= is_there.size())
      refuse(Format::jpeg2000, "truncated or corrupt: a tile is outside the image");
    is_there[number] = true;
    // A size of 0 means: up to the end marker of the codestream.
    at = size == 0 ? std::max(stream.size(), at + 2) - 2 : at + std::max(size, 12U);
  }
  if (big16(stream, at) != kEnd) refuse(Format::jpeg2000, "truncated or corrupt: its end marker is missing");
  if (std::ranges::find(is_there, false) != is_there.end())
    refuse(Format::jpeg2000, "truncated: a tile is missing");
}

// Checks the image and tile size marker (annex A.5.1) and the tiles.
Header read_codestream(Bytes stream) {
  if (!has_text_at(stream, 0, "\xff\x4f\xff\x51"))
    refuse(Format::jpeg2000, "truncated or corrupt: it has no size");
  Header header;
  header.width = big32(stream, 8) - std::int64_t{big32(stream, 16)};
  header.height = big32(stream, 12) - std::int64_t{big32(stream, 20)};
  check_size(Format::jpeg2000, header.width, header.height);
  if (header.width * header.height > kMaxJpeg2000Pixels) {
    refuse(Format::jpeg2000, "it has " + std::to_string(header.width * header.height) + " pixels; at most " +
                                 std::to_string(kMaxJpeg2000Pixels) + " are read");
  }
  if (big32(stream, 16) != 0 || big32(stream, 20) != 0) {
    refuse(Format::jpeg2000, "an offset of the image is not supported");
  }
  const std::uint32_t channels = big16(stream, 40);
  if (channels < 1 || channels > 4) {
    refuse(Format::jpeg2000, std::to_string(channels) + " channels are not supported");
  }
  const std::uint32_t first = byte_at(stream, 42);
  for (std::size_t i = 0; i < channels; ++i) {
    const std::uint32_t depth = byte_at(stream, 42 + 3 * i);
    if (depth > 127) refuse(Format::jpeg2000, "signed samples are not supported");
    if (depth != first || depth + 1 < 8 || depth + 1 > 16) {
      refuse(Format::jpeg2000, std::to_string(depth + 1) + " bits per sample are not supported" +
                                   (depth == first ? "" : " beside " + std::to_string(first + 1)));
    }
    if (byte_at(stream, 43 + 3 * i) != 1 || byte_at(stream, 44 + 3 * i) != 1) {
      refuse(Format::jpeg2000, "channels of reduced size are not supported");
    }
  }
  const std::size_t first_tile = check_main_header(stream, header.width * header.height * channels);
  const std::int64_t tile_width = big32(stream, 24), tile_height = big32(stream, 28);
  if (tile_width == 0 || tile_height == 0 || big32(stream, 32) != 0 || big32(stream, 36) != 0) {
    refuse(Format::jpeg2000, "an offset of the tiles is not supported");
  }
  check_tiles(
      stream, first_tile,
      ((header.width + tile_width - 1) / tile_width) * ((header.height + tile_height - 1) / tile_height));
  header.grey = channels < 3;
  // OpenCV does not scale 9 to 15 bits to 16.
  const bool readable = channels == 4 && (first + 1 == 8 || first + 1 == 16);
  header.alpha = readable ? Alpha::straight : channels % 2 == 0 ? Alpha::unreadable : Alpha::none;
  return header;
}

}  // namespace

Header read_jpeg2000_header(Bytes file) {
  if (has_text_at(file, 0, "\xff\x4f")) return read_codestream(file);
  Bytes colr;
  for (Bytes rest = file;;) {
    Box box = next_box(rest);
    if (box.type == "jp2c") {
      const Header header = read_codestream(box.content);
      if (!colr.empty()) check_colour_space(colr, header.grey);
      return header;
    }
    if (box.type != "jp2h") continue;
    while (!box.content.empty()) {
      const Box inner = next_box(box.content);
      if (inner.type == "pclr") refuse(Format::jpeg2000, "a palette is not supported");
      if (inner.type == "colr" && colr.empty()) colr = inner.content;
    }
  }
}

}  // namespace alexnet::image
