#include "image/tiff/samples.hpp"

#include <algorithm>
#include <cstring>

#include "image/decoders.hpp"

namespace alexnet::image::tiff {
namespace {

constexpr const char* kShort = "a strip or tile has too few bytes";

// A strip or tile.
struct Part {
  std::uint32_t index = 0;  // libtiff's index
  std::uint32_t x = 0, y = 0;
  std::uint32_t width = 0, height = 0;  // clipped to the image
  // Range of the kept samples of a pixel that the part holds.
  unsigned first = 0, count = 0;
};

bool is_deflate(const Layout& layout) {
  return layout.compression == COMPRESSION_DEFLATE || layout.compression == COMPRESSION_ADOBE_DEFLATE;
}

class Decoder {
 public:
  Decoder(const File& file, const Layout& layout) : file_(file), layout_(layout) {}

  Bytes decode(const Part& part) {
    TIFF* const tiff = file_.handle();
    const tmsize_t size = layout_.tiled ? TIFFTileSize(tiff) : TIFFVStripSize(tiff, part.height);
    decode_into(bytes_, part.index, static_cast<std::size_t>(size), 0);
    // libtiff 4.5 reports success although it has not written all bytes if a WebP is smaller than its tile,
    // or if Deflate data continue past the strip. Decode twice into different fill values: bytes that were
    // not written differ.
    if (is_deflate(layout_) || layout_.compression == COMPRESSION_WEBP) {
      decode_into(again_, part.index, bytes_.size(), 0xff);
      if (bytes_ != again_) decode_surplus(part);
    }
    return bytes_;
  }

 private:
  void decode_into(std::vector<std::uint8_t>& to, std::uint32_t index, std::size_t size, std::uint8_t fill) {
    to.assign(size, fill);
    const auto room = static_cast<tmsize_t>(size);
    const tmsize_t got = layout_.tiled ? TIFFReadEncodedTile(file_.handle(), index, to.data(), room)
                                       : TIFFReadEncodedStrip(file_.handle(), index, to.data(), room);
    file_.check();
    if (got != room) file_.fail(kShort);
  }

  // Some writers fill up the last strip with rows below the image. zlib, unlike libdeflate, then still writes
  // all rows of the image.
  void decode_surplus(const Part& part) {
    std::uint32_t rows = 0;
    TIFFGetField(file_.handle(), TIFFTAG_ROWSPERSTRIP, &rows);
    const bool filled_up = is_deflate(layout_) && !layout_.tiled && rows <= kMaxSide && part.height < rows;
    if (!filled_up) file_.fail("the data of a strip or tile are not of its size");
    TIFFSetField(file_.handle(), TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
    decode_into(bytes_, part.index, bytes_.size(), 0);
    TIFFSetField(file_.handle(), TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_LIBDEFLATE);
  }

  const File& file_;
  const Layout& layout_;
  std::vector<std::uint8_t> bytes_, again_;
};

// Copies the kept samples of a part to their pixels. value_at(row, i) returns sample i of a row.
template <class Value>
void unpack(const Layout& layout, const Part& part, Bytes bytes, std::size_t row_bytes,
            std::vector<std::uint8_t>& kept, Value value_at) {
  const std::size_t step = layout.planar ? 1 : layout.samples;
  for (std::size_t y = 0; y < part.height; ++y) {
    const std::uint8_t* const row = &bytes[y * row_bytes];
    std::uint8_t* to = &kept[((part.y + y) * layout.width + part.x) * layout.kept + part.first];
    for (std::size_t x = 0; x < part.width; ++x, to += layout.kept) {
      for (std::size_t c = 0; c < part.count; ++c) to[c] = value_at(row, x * step + c);
    }
  }
}

// Reads sample i of `bits` bits (not 8 or 16). Samples are packed from the high bits of each byte on.
std::uint8_t read_packed(const std::uint8_t* row, std::size_t i, unsigned bits, bool is_index) {
  std::uint32_t value = 0;
  for (std::size_t bit = i * bits; bit < (i + 1) * bits; ++bit)
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1U);
  if (bits > 8) return static_cast<std::uint8_t>(value >> (bits - 8));
  const std::uint32_t largest = (1U << bits) - 1;
  return static_cast<std::uint8_t>(is_index ? value : (value * 255 + largest / 2) / largest);
}

// A block holds block_width x block_height values of Y, then Cb and Cr (TIFF 6.0, section 21).
void unpack_blocks(const Layout& layout, const Part& part, Bytes bytes, std::vector<std::uint8_t>& kept) {
  const std::size_t across = (layout.part_width + layout.block_width - 1) / layout.block_width;
  const std::size_t pixels = std::size_t{layout.block_width} * layout.block_height;
  for (std::size_t y = 0; y < part.height; ++y) {
    for (std::size_t x = 0; x < part.width; ++x) {
      const std::size_t number = y / layout.block_height * across + x / layout.block_width;
      const std::uint8_t* const block = &bytes[number * (pixels + 2)];
      std::uint8_t* const to = &kept[((part.y + y) * layout.width + part.x + x) * layout.kept];
      to[0] = block[y % layout.block_height * layout.block_width + x % layout.block_width];
      to[1] = block[pixels];
      to[2] = block[pixels + 1];
    }
  }
}

void unpack_part(const File& file, const Layout& layout, const Part& part, Bytes bytes,
                 std::vector<std::uint8_t>& kept) {
  const bool blocks = layout.block_width * layout.block_height > 1;
  // Check that libtiff has decoded the layout that is read below.
  const std::size_t units =
      blocks ? (layout.part_width + layout.block_width - 1) / layout.block_width : layout.part_width;
  const std::size_t unit_bits = blocks ? (std::size_t{layout.block_width} * layout.block_height + 2) * 8
                                       : std::size_t{layout.bits} * (layout.planar ? 1 : layout.samples);
  const std::size_t row_bytes = (units * unit_bits + 7) / 8;
  const std::size_t rows = layout.tiled ? layout.part_height : part.height;
  if (bytes.size() < (rows + layout.block_height - 1) / layout.block_height * row_bytes) file.fail(kShort);
  if (blocks) {
    unpack_blocks(layout, part, bytes, kept);
  } else if (layout.bits == 8) {
    unpack(layout, part, bytes, row_bytes, kept,
           [](const std::uint8_t* row, std::size_t i) { return row[i]; });
  } else if (layout.bits == 16) {  // libtiff has converted them to native byte order
    unpack(layout, part, bytes, row_bytes, kept, [](const std::uint8_t* row, std::size_t i) {
      std::uint16_t value = 0;
      std::memcpy(&value, row + 2 * i, 2);
      return static_cast<std::uint8_t>(value >> 8);
    });
  } else {
    const bool is_index = layout.colours == Colours::palette;
    unpack(layout, part, bytes, row_bytes, kept, [&](const std::uint8_t* row, std::size_t i) {
      return read_packed(row, i, layout.bits, is_index);
    });
  }
}

}  // namespace

std::vector<std::uint8_t> read_samples(const File& file, const Layout& layout) {
  std::vector<std::uint8_t> kept;
  Decoder decoder(file, layout);
  Part part;
  const unsigned planes = layout.planar ? layout.samples : 1;  // planes that are not kept are checked too
  for (unsigned plane = 0; plane < planes; ++plane) {
    part.first = plane;
    part.count = layout.planar ? 1 : layout.kept;
    for (part.y = 0; part.y < layout.height; part.y += layout.part_height) {
      part.height = std::min(layout.part_height, layout.height - part.y);
      for (part.x = 0; part.x < layout.width; part.x += layout.part_width) {
        part.width = std::min(layout.part_width, layout.width - part.x);
        const auto sample = static_cast<std::uint16_t>(plane);
        part.index = layout.tiled ? TIFFComputeTile(file.handle(), part.x, part.y, 0, sample)
                                  : TIFFComputeStrip(file.handle(), part.y, sample);
        const Bytes bytes = decoder.decode(part);
        // Allocate the image only after its first part has decoded without error.
        kept.resize(std::size_t{layout.width} * layout.height * layout.kept);
        if (plane < layout.kept) unpack_part(file, layout, part, bytes, kept);
      }
    }
  }
  return kept;
}

}  // namespace alexnet::image::tiff
