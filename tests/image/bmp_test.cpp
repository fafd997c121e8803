// BMP files that are supported, with their pixels, and those that are refused.
#include <doctest/doctest.h>

#include <limits>
#include <optional>

#include "byte_edits.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

struct Bitmap {
  std::uint32_t header = 40;  // bytes
  int width = 2;
  int height = 1;
  std::uint32_t bits = 24;
  std::uint32_t compression = 0;
  std::uint32_t colours = 0;
  std::vector<std::uint32_t> masks = {};  // in the header if it has space for them
  FileBytes palette = {};
  FileBytes pixels = {};
  std::optional<std::uint32_t> offset = std::nullopt;  // the right one by default
};

FileBytes in16(std::uint32_t value) { return cut(little_endian(value), 2); }

FileBytes file(const Bitmap& bitmap) {
  const auto width = static_cast<std::uint32_t>(bitmap.width);
  const auto height = static_cast<std::uint32_t>(bitmap.height);
  const bool core = bitmap.header == 12;
  FileBytes header = little_endian(bitmap.header);
  for (const std::uint32_t side : {width, height})
    header = joined(header, core ? in16(side) : little_endian(side));
  header = joined(joined(header, in16(1)), in16(bitmap.bits));
  for (const std::uint32_t field : {bitmap.compression, 0U, 0U, 0U, bitmap.colours, 0U})
    header = joined(header, little_endian(field));
  if (bitmap.header < 40) header.resize(bitmap.header);
  for (const std::uint32_t mask : bitmap.masks) header = joined(header, little_endian(mask));
  header.resize(std::max<std::size_t>(header.size(), bitmap.header));
  header = joined(header, bitmap.palette);
  const auto offset = bitmap.offset.value_or(static_cast<std::uint32_t>(14 + header.size()));
  const FileBytes start = joined(joined(from_text("BM"), FileBytes(8)), little_endian(offset));
  return joined(joined(start, header), bitmap.pixels);
}

FileBytes pixels_of(const Bitmap& bitmap, std::optional<Rgb> background = std::nullopt) {
  return decode(file(bitmap), background).rgb;
}

// Black, red, green, blue.
const FileBytes kColours{0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0};

// Returns the image as text: a digit for each pixel's colour, '?' for any other, and a space between rows.
std::string as_digits(const FileBytes& bytes) {
  const Image image = decode(bytes);
  std::string text;
  for (int i = 0; i < image.width * image.height; ++i) {
    const std::uint8_t* pixel = &image.rgb[static_cast<std::size_t>(i) * 3];
    if (i > 0 && i % image.width == 0) text += ' ';
    char digit = '?';
    for (std::size_t colour = 0; colour < 4; ++colour)
      if (std::equal(pixel, pixel + 3,
                     std::reverse_iterator(kColours.begin() + static_cast<std::ptrdiff_t>(4 * colour + 3))))
        digit = static_cast<char>('0' + colour);
    text += digit;
  }
  return text;
}

Bitmap runs(std::uint32_t bits, int width, int height, const FileBytes& data) {
  return {.width = width,
          .height = height,
          .bits = bits,
          .compression = bits == 8 ? 1U : 2U,
          .colours = 4,
          .palette = kColours,
          .pixels = data};
}

}  // namespace

TEST_CASE("bitmaps with headers of all sizes give the same pixels") {
  for (const std::uint32_t header : {12, 16, 40, 52, 56, 64, 108, 124}) {
    CAPTURE(header);
    CHECK(pixels_of({.header = header, .pixels = {3, 2, 1, 6, 5, 4, 0, 0}}) == FileBytes{1, 2, 3, 4, 5, 6});
  }
  CHECK(pixels_of({.header = 12, .bits = 1, .palette = {1, 2, 3, 4, 5, 6}, .pixels = {0x40, 0, 0, 0}}) ==
        FileBytes{3, 2, 1, 6, 5, 4});
}

TEST_CASE("a bitmap is stored bottom-up, or top-down if its height is negative") {
  const FileBytes pixels{3, 2, 1, 0, 6, 5, 4, 0};
  CHECK(pixels_of({.width = 1, .height = 2, .pixels = pixels}) == FileBytes{4, 5, 6, 1, 2, 3});
  CHECK(pixels_of({.width = 1, .height = -2, .pixels = pixels}) == FileBytes{1, 2, 3, 4, 5, 6});
  CHECK(as_digits(file({.width = 1,
                        .height = -2,
                        .bits = 8,
                        .colours = 4,
                        .palette = kColours,
                        .pixels = {1, 0, 0, 0, 2, 0, 0, 0}})) == "1 2");
  Bitmap down = runs(8, 2, -2, {2, 1, 0, 0, 2, 2, 0, 0, 0, 1});
  CHECK(as_digits(file(down)) == "11 22");
  CHECK(decode(fixture("bmp-top-down.bmp")).rgb == FileBytes(12, 0));
}

TEST_CASE("a pixel of 1, 2, 4 or 8 bits is an index into the palette") {
  const auto row = [](std::uint32_t bits, const FileBytes& pixels) {
    const FileBytes palette = joined(kColours, FileBytes(std::size_t{4} << bits));
    return as_digits(file({.width = 5, .bits = bits, .palette = palette, .pixels = pixels}));
  };
  CHECK(row(1, {0xb0, 0, 0, 0}) == "10110");
  CHECK(row(2, {0x1b, 0x80, 0, 0}) == "01232");
  CHECK(row(4, {0x01, 0x23, 0x20, 0}) == "01232");
  CHECK(row(8, {0, 1, 2, 3, 2, 0, 0, 0}) == "01232");
}

TEST_CASE("a palette may be shorter than the bits allow, and an index past its end is refused") {
  Bitmap bitmap{.bits = 8, .colours = 4, .palette = kColours, .pixels = {3, 1, 0, 0}};
  CHECK(as_digits(file(bitmap)) == "31");
  const std::string no_colour = "decode: BMP: a pixel is of a colour that the palette does not have";
  bitmap.pixels[1] = 4;
  CHECK(refusal(file(bitmap)) == no_colour);
  CHECK(refusal(file(runs(8, 2, 1, {2, 4, 0, 1}))) == no_colour);
  // The pixels begin inside the palette that the header announces.
  CHECK(refusal(file({.bits = 8, .palette = kColours, .pixels = {3, 4, 0, 0}})) == no_colour);
  CHECK(as_digits(file({.bits = 8, .palette = kColours, .pixels = {3, 1, 0, 0}})) == "31");
  CHECK(refusal(file({.bits = 8, .colours = 257, .palette = FileBytes(1028), .pixels = {0, 0, 0, 0}})) ==
        "decode: BMP: its palette has 257 colours");
  CHECK(refusal(file({.bits = 8, .colours = 4, .palette = {1, 2}, .pixels = {0, 0, 0, 0}})) ==
        "decode: BMP: it has no palette");
}

TEST_CASE("the pixels begin after the palette if the offset is 0 or inside the palette") {
  for (const std::uint32_t offset : {0, 54}) {
    CAPTURE(offset);
    CHECK(as_digits(file(
              {.bits = 8, .colours = 4, .palette = kColours, .pixels = {2, 1, 0, 0}, .offset = offset})) ==
          "21");
  }
  CHECK(pixels_of({.pixels = {3, 2, 1, 6, 5, 4, 0, 0}, .offset = 0}) == FileBytes{1, 2, 3, 4, 5, 6});
  CHECK(refusal(file({.pixels = FileBytes(8), .offset = 50})) ==
        "decode: BMP: its pixels begin inside its header");
}

TEST_CASE("a 16-bit pixel has 5 bits per colour, whose maximum becomes 255") {
  CHECK(pixels_of({.bits = 16, .pixels = {0xff, 0x7f, 0x00, 0x80}}) == FileBytes{255, 255, 255, 0, 0, 0});
  CHECK(pixels_of({.bits = 16, .pixels = {0x1f, 0x00, 0x01, 0x3c}}) ==
        FileBytes{0, 0, 255, 123, 0, 8});  // 15 / 31, 1 / 31
  CHECK(decode(fixture("bmp-555-white.bmp")).rgb == FileBytes(12, 255));
}

TEST_CASE("colour masks select the bits of red, green and blue") {
  const auto pixel = [](std::uint32_t bits, const std::vector<std::uint32_t>& masks, std::uint32_t value) {
    return pixels_of(
        {.width = 1, .bits = bits, .compression = 3, .masks = masks, .pixels = little_endian(value)});
  };
  CHECK(pixel(16, {0xf800, 0x7e0, 0x1f}, 0xf81f) == FileBytes{255, 0, 255});
  CHECK(pixel(16, {0xf800, 0x7e0, 0x1f}, 0x20) == FileBytes{0, 4, 0});  // 1 / 63
  CHECK(pixel(16, {0x7c00, 0x3e0, 0x1f}, 0x7c00) == FileBytes{255, 0, 0});
  CHECK(pixel(16, {0xf00, 0xf0, 0xf}, 0xf7a1) == FileBytes{119, 170, 17});
  CHECK(pixel(24, {0xff, 0xff00, 0xff0000}, 0x030201) == FileBytes{1, 2, 3});
  CHECK(pixel(32, {0xff, 0xff00, 0xff0000}, 0x99030201) == FileBytes{1, 2, 3});
  CHECK(pixel(32, {0xff000000, 0xff0000, 0xff00}, 0x01020399) == FileBytes{1, 2, 3});
  CHECK(pixel(32, {0x3ff00000, 0xffc00, 0x3ff}, 0x3ff801ff) ==
        FileBytes{255, 127, 127});  // 512 / 1023 and 511 / 1023
  CHECK(pixel(32, {0, 0, 0}, 0x99010203) == FileBytes{1, 2, 3});
  CHECK(decode(fixture("bmp-bitfields-rgb.bmp")).rgb ==
        FileBytes{255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0});
  CHECK(decode(fixture("bmp-xbgr-rgb.bmp")).rgb == FileBytes{255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0});
  CHECK(decode(fixture("bmp-bitfields-4444.bmp")).rgb == FileBytes(12, 255));
}

TEST_CASE("invalid colour masks are refused, and the error names them") {
  const auto masks = [](std::uint32_t bits, std::uint32_t r, std::uint32_t g, std::uint32_t b) {
    return refusal(file({.bits = bits, .compression = 3, .masks = {r, g, b}, .pixels = FileBytes(8)}));
  };
  CHECK(masks(32, 0xff00ff, 0xff00, 0xff000000) ==
        "decode: BMP: the colour masks ff00ff ff00 ff000000 0 are not supported");
  CHECK(contains(masks(32, 0xff, 0xff, 0xff00), "are not supported"));
  CHECK(contains(masks(32, 0xff, 0xff00, 0), "are not supported"));
  CHECK(contains(masks(16, 0xff0000, 0xff00, 0xff), "are not supported"));
  CHECK(contains(masks(24, 0xff000000, 0xff00, 0xff), "are not supported"));
  CHECK(contains(masks(16, 0, 0, 0), "are not supported"));
  CHECK(contains(refusal(file({.header = 56,
                               .bits = 32,
                               .compression = 3,
                               .masks = {0xff, 0xff00, 0xff0000, 0xff},
                               .pixels = FileBytes(8)})),
                 "the colour masks ff ff00 ff0000 ff are not supported"));
}

TEST_CASE("a bitmap has alpha only if its header has an alpha mask") {
  const Rgb white{255, 255, 255};
  Bitmap bitmap{.header = 56,
                .width = 1,
                .bits = 32,
                .compression = 3,
                .masks = {0xff0000, 0xff00, 0xff, 0xff000000},
                .pixels = {30, 20, 10, 51}};
  CHECK(pixels_of(bitmap) == FileBytes{10, 20, 30});
  CHECK(pixels_of(bitmap, white) == FileBytes{206, 208, 210});  // an alpha of one fifth
  bitmap.masks[3] = 0;
  CHECK(pixels_of(bitmap, white) == FileBytes{10, 20, 30});
  for (const std::uint32_t header : {40, 52}) {
    bitmap = {.header = header,
              .width = 1,
              .bits = 32,
              .compression = 3,
              .masks = {0xff0000, 0xff00, 0xff},
              .pixels = {30, 20, 10, 51}};
    CHECK(pixels_of(bitmap, white) == FileBytes{10, 20, 30});
  }
  CHECK(pixels_of({.header = 124, .width = 1, .bits = 32, .pixels = {30, 20, 10, 51}}, white) ==
        FileBytes{10, 20, 30});
  // 4 bits: 1 / 15 of red, 5 / 15 of alpha
  CHECK(pixels_of({.header = 56,
                   .width = 1,
                   .bits = 16,
                   .compression = 3,
                   .masks = {0xf00, 0xf0, 0xf, 0xf000},
                   .pixels = {0, 0x51}},
                  white) == FileBytes{176, 170, 170});
}

TEST_CASE("run-length encoding has runs, literals, skipped pixels and rows that end early") {
  CHECK(as_digits(file(runs(8, 5, 1, {2, 1, 3, 2, 0, 0, 0, 1}))) == "11222");
  CHECK(as_digits(file(runs(8, 5, 1, {0, 3, 1, 2, 3, 0, 2, 1, 0, 1}))) == "12311");
  CHECK(as_digits(file(runs(4, 5, 1, {5, 0x12, 0, 1}))) == "12121");
  CHECK(as_digits(file(runs(4, 7, 1, {0, 5, 0x12, 0x31, 0x20, 0, 2, 0x33, 0, 1}))) == "1231233");
  CHECK(as_digits(file(runs(4, 6, 1, {0, 4, 0x12, 0x31, 2, 0x33, 0, 1}))) == "123133");
  CHECK(as_digits(file(runs(8, 3, 3, {1, 1, 0, 0, 0, 0, 3, 2, 0, 1}))) == "222 000 100");
  CHECK(as_digits(file(runs(8, 4, 3, {1, 1, 0, 2, 2, 1, 1, 2, 0, 0, 0, 0, 0, 1}))) == "0000 0002 1000");
  CHECK(as_digits(file(runs(8, 4, 3, {1, 1, 0, 2, 0, 2, 3, 3}))) == "0333 0000 1000");  // no end mark
  CHECK(as_digits(file(runs(8, 2, 2, {0, 2, 0, 2}))) == "00 00");
}

TEST_CASE("a run is truncated at the end of its row") {
  CHECK(as_digits(file(runs(8, 3, 2, {255, 1, 7, 2, 0, 0, 2, 3, 2, 1, 0, 0}))) == "331 111");
  CHECK(as_digits(file(runs(4, 3, 2, {255, 0x12, 0, 0, 1, 0x30, 0, 0}))) == "300 121");
  CHECK(decode(fixture("bmp-rle8-row-overflow.bmp")).rgb ==
        FileBytes{255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("run-length encoded bitmaps with pixels outside a row or missing pixels are refused") {
  const auto why = [](const FileBytes& data) { return refusal(file(runs(8, 3, 2, data))); };
  CHECK(why({0, 4, 1, 1, 1, 1, 0, 0}) == "decode: BMP: it has pixels past the end of a row");
  CHECK(why({1, 1, 0, 3, 1, 1, 1, 0}) == "decode: BMP: it has pixels past the end of a row");
  CHECK(why({0, 2, 4, 0, 1, 1}) == "decode: BMP: it skips pixels past the end of a row");
  CHECK(why({3, 1, 0, 0, 2, 1, 0, 1}) == "decode: BMP: it ends before its last pixel");
  CHECK(why({0, 1}) == "decode: BMP: it ends before its last pixel");
  const std::string truncated = "decode: BMP: truncated: its pixels end past the file";
  const FileBytes whole{1, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1};
  CHECK(why(whole) == "");
  for (std::size_t size = 0; size < 9; ++size) CHECK(why(cut(whole, size)) == truncated);
  CHECK(why({0, 2, 1}) == truncated);
  // Refused before anything is allocated.
  CHECK(refusal(file(runs(8, 16384, 16384, {1, 1}))) == truncated);
}

TEST_CASE("an unsupported feature of a bitmap is named in the error") {
  const auto compression = [](std::uint32_t header, std::uint32_t number, std::uint32_t bits) {
    return refusal(file({.header = header, .bits = bits, .compression = number, .pixels = FileBytes(64)}));
  };
  CHECK(compression(40, 4, 0) == "decode: BMP: compression 4 (JPEG) is not supported");
  CHECK(compression(124, 5, 0) == "decode: BMP: compression 5 (PNG) is not supported");
  CHECK(compression(40, 6, 32) == "decode: BMP: compression 6 is not supported");
  CHECK(compression(40, 12, 8) == "decode: BMP: compression 12 (CMYK) is not supported");
  CHECK(compression(64, 3, 1) == "decode: BMP: compression 3 (Huffman 1D) is not supported");
  CHECK(compression(64, 4, 24) == "decode: BMP: compression 4 (RLE24) is not supported");
  CHECK(compression(40, 1, 4) == "decode: BMP: compression 1 is not supported for 4 bits per pixel");
  CHECK(compression(40, 2, 8) == "decode: BMP: compression 2 is not supported for 8 bits per pixel");
  CHECK(compression(40, 3, 8) == "decode: BMP: compression 3 is not supported for 8 bits per pixel");
  CHECK(compression(40, 0, 3) == "decode: BMP: 3 bits per pixel are not supported");
  CHECK(compression(40, 0, 64) == "decode: BMP: 64 bits per pixel are not supported");
  CHECK(compression(41, 0, 24) == "decode: BMP: a header of 41 bytes is not supported");
}

TEST_CASE("a bitmap may lack only the padding of its last row") {
  for (const std::uint32_t bits : {1, 2, 4, 8, 16, 24, 32}) {
    CAPTURE(bits);
    Bitmap bitmap{.width = 3, .height = 3, .bits = bits, .pixels = FileBytes((3 * bits + 31) / 32 * 4 * 3)};
    if (bits <= 8) bitmap.palette = FileBytes(std::size_t{4} << bits);
    const FileBytes whole = file(bitmap);
    const std::size_t end = whole.size() - ((3 * bits + 31) / 32 * 4 - (3 * bits + 7) / 8);
    CHECK(refusal(whole) == "");
    CHECK(refusal(cut(whole, end)) == "");
    for (std::size_t size = 18; size < end; ++size)
      CHECK(contains(refusal(cut(whole, size)), "decode: BMP: truncated"));
  }
}

TEST_CASE("a bitmap's size is checked before memory is allocated") {
  const std::string truncated = "decode: BMP: truncated: its pixels end past the file";
  CHECK(refusal(file({.width = -2, .pixels = FileBytes(8)})) == "decode: BMP: its width is negative");
  CHECK(contains(refusal(file({.width = 0, .pixels = FileBytes(8)})), "BMP: its size is 0 x 1"));
  CHECK(contains(refusal(file({.height = -65536, .pixels = FileBytes(8)})),
                 "BMP: its size is 2 x 65536; a side may have 65535"));
  CHECK(contains(refusal(file({.height = std::numeric_limits<int>::min(), .pixels = FileBytes(8)})),
                 "BMP: its size is 2 x 2147483648"));
  CHECK(contains(refusal(file({.width = 65535, .height = 65535, .pixels = FileBytes(8)})),
                 "268435456 pixels at most"));
  CHECK(refusal(file({.width = 16384, .height = 16384, .pixels = FileBytes(8)})) == truncated);
  CHECK(refusal(file({.pixels = FileBytes(8), .offset = 0xffffffff})) == truncated);
}
