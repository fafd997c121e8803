// JPEG 2000, PFM, Radiance HDR and Sun raster: formats that OpenCV decodes after our header checks.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <opencv2/imgcodecs.hpp>

#include "image/byte_edits.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

// Returns a lossless JPEG 2000 file of upright.png. Four channels: with an alpha that is 0 in the first row.
// One channel: red only.
FileBytes jpeg2000(int channels, int depth = CV_8U) {
  const Image image = upright();
  cv::Mat mat(image.height, image.width, CV_MAKETYPE(depth, channels));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* const rgb = &image.rgb[static_cast<std::size_t>(y * image.width + x) * 3];
      for (int c = 0; c < channels; ++c) {
        const int value = c == 3 ? 4 * (y % 64) : rgb[channels >= 3 ? 2 - c : 0];
        if (depth == CV_8U) mat.ptr<std::uint8_t>(y)[x * channels + c] = static_cast<std::uint8_t>(value);
        if (depth == CV_16U)
          mat.ptr<std::uint16_t>(y)[x * channels + c] = static_cast<std::uint16_t>(value << 8 | 7);
      }
    }
  }
  FileBytes bytes;
  cv::imencode(".jp2", mat, bytes, {cv::IMWRITE_JPEG2000_COMPRESSION_X1000, 1000});
  return bytes;
}

// Returns only the codestream, as in a .j2k file.
FileBytes codestream(const FileBytes& jp2) {
  return {jp2.begin() + static_cast<std::ptrdiff_t>(position(jp2, "\xff\x4f\xff\x51")), jp2.end()};
}

FileBytes pfm(const std::string& header, const std::vector<float>& values, bool little = true) {
  FileBytes bytes = from_text(header);
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    bytes = joined(bytes, little ? little_endian(bits) : big_endian(bits));
  }
  return bytes;
}

FileBytes radiance(const std::string& size, const FileBytes& pixels) {
  return joined(from_text("#?RADIANCE\n# a comment\nFORMAT=32-bit_rle_rgbe\n\n" + size + "\n"), pixels);
}

FileBytes sun(const std::vector<std::uint32_t>& fields, const FileBytes& rest) {
  FileBytes bytes = big_endian(0x59a66a95);
  for (const std::uint32_t field : fields) bytes = joined(bytes, big_endian(field));
  return joined(bytes, rest);
}

}  // namespace

TEST_CASE("JPEG 2000 is read as a file and as a codestream, with 8 and 16 bits") {
  for (const int depth : {CV_8U, CV_16U}) {
    for (const int channels : {3, 4}) {
      CAPTURE(depth);
      CAPTURE(channels);
      const FileBytes jp2 = jpeg2000(channels, depth);
      CHECK(differences(decode(jp2), upright()) == 0);
      CHECK(differences(decode(codestream(jp2)), upright()) == 0);
    }
  }
  CHECK(decode(fixture("j2k.jp2")).width == 12);
}

TEST_CASE("a grey JPEG 2000 has R = G = B, with and without a colour space") {
  const Image image = upright();
  const FileBytes jp2 = jpeg2000(1);
  for (const FileBytes& bytes : {jp2, codestream(jp2)}) {
    const Image grey = decode(bytes);
    REQUIRE(grey.rgb.size() == image.rgb.size());
    for (std::size_t i = 0; i < grey.rgb.size(); ++i) REQUIRE(grey.rgb[i] == image.rgb[i / 3 * 3]);
  }
}

TEST_CASE("the alpha of a JPEG 2000 is blended with the background") {
  const Image image = upright();
  const Image blended = decode(jpeg2000(4), Rgb{10, 200, 90});
  CHECK(std::vector<std::uint8_t>(blended.rgb.begin(), blended.rgb.begin() + 3) ==
        std::vector<std::uint8_t>{10, 200, 90});  // alpha 0
  const std::size_t last_row = image.rgb.size() - 3;
  const int alpha = 4 * (image.height - 1);
  CHECK(blended.rgb[last_row] == std::lround((image.rgb[last_row] * alpha + 10 * (255 - alpha)) / 255.0));
}

TEST_CASE("a JPEG 2000 truncated at any byte is refused") {
  const FileBytes jp2 = jpeg2000(3);
  const FileBytes stream = codestream(jp2);
  for (std::size_t size = 12; size < stream.size(); size += 41) {
    CAPTURE(size);
    CHECK(contains(refusal(cut(jp2, size)), "decode: JPEG 2000: "));
    CHECK(contains(refusal(cut(stream, size)), "decode: JPEG 2000: "));
  }
  CHECK(refusal(cut(jp2, jp2.size() - 1)) ==
        "decode: JPEG 2000: truncated or corrupt: a box ends past the file");
  CHECK(refusal(cut(stream, stream.size() - 1)) ==
        "decode: JPEG 2000: truncated or corrupt: its end marker is missing");
}

TEST_CASE("a JPEG 2000 with a missing tile is refused, although OpenCV reads it") {
  const FileBytes stream = codestream(jpeg2000(3));
  // Tiles of half the height: the second one is missing.
  CHECK(refusal(patched(stream, 28, big_endian(16))) == "decode: JPEG 2000: truncated: a tile is missing");
  CHECK(
      contains(refusal(patched(stream, 24, joined(big_endian(1), big_endian(0)))), "tiles is not supported"));
}

TEST_CASE("an unsupported JPEG 2000 is refused, and the error names the feature") {
  const FileBytes jp2 = jpeg2000(3);
  const FileBytes stream = codestream(jp2);
  const std::size_t colour = position(jp2, "colr") + 7;
  CHECK(refusal(patched(jp2, colour, big_endian(18))) ==
        "decode: JPEG 2000: colour space 18 is not supported");
  CHECK(refusal(patched(stream, 42, {6})) == "decode: JPEG 2000: 7 bits per sample are not supported");
  CHECK(refusal(patched(stream, 45, {11})) ==
        "decode: JPEG 2000: 12 bits per sample are not supported beside 8");
  CHECK(refusal(patched(stream, 42, {0x87})) == "decode: JPEG 2000: signed samples are not supported");
  CHECK(refusal(patched(stream, 46, {2})) == "decode: JPEG 2000: channels of reduced size are not supported");
  CHECK(refusal(patched(stream, 40, {0, 5})) == "decode: JPEG 2000: 5 channels are not supported");
  CHECK(refusal(patched(stream, 16, big_endian(1))) ==
        "decode: JPEG 2000: an offset of the image is not supported");
}

TEST_CASE("a JPEG 2000 that needs much memory is refused before memory is allocated") {
  const FileBytes stream = codestream(jpeg2000(3));
  const auto sized = [&](std::uint32_t width, std::uint32_t height) {
    return patched(stream, 8, joined(big_endian(width), big_endian(height)));
  };
  CHECK(contains(refusal(sized(65536, 1)), "a side may have 65535 pixels at most"));
  CHECK(contains(refusal(sized(16384, 16384)), "it has 268435456 pixels; at most 67108864 are read"));
  CHECK(contains(refusal(patched(sized(255, 255), 24, joined(big_endian(1), big_endian(1)))), "65025 tiles"));
  const std::size_t style = position(stream, "\xff\x52");
  const FileBytes small_blocks = patched(sized(8192, 8192), style + 10, {0, 0});  // 4 x 4
  CHECK(contains(refusal(small_blocks), "more than 1048576 code blocks"));
}

TEST_CASE("PFM is read in both byte orders, with 0 as black and 1 as white") {
  const std::vector<float> values{0.0F, 0.5F, 1.0F, -1.0F, 7.0F, std::nanf("")};
  const FileBytes expected{0, 128, 255, 0, 255, 0};
  CHECK(decode(pfm("PF\n2 1\n-1.0\n", values)).rgb == expected);
  CHECK(decode(pfm("PF\n2 1\n1.0\n", values, false)).rgb == expected);
  CHECK(decode(pfm("Pf\n1 2\n-1\n", {0.2F, 1.0F})).rgb ==
        FileBytes{255, 255, 255, 51, 51, 51});                                  // rows are stored bottom up
  CHECK(decode(pfm("Pf\n1 1\n-2\n", {1.0F})).rgb == FileBytes{128, 128, 128});  // scale of 2
}

TEST_CASE("a truncated or malformed PFM is refused") {
  const FileBytes whole = pfm("PF\n2 1\n-1.0\n", {0, 0, 0, 0, 0, 0});
  for (std::size_t size = 3; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(contains(refusal(cut(whole, size)), "decode: PFM: "));
  }
  CHECK(refusal(cut(whole, whole.size() - 1)) == "decode: PFM: truncated: its pixels end past the file");
  CHECK(refusal(pfm("PF\n2 x\n-1.0\n", {})) == "decode: PFM: a number of its header is malformed");
  CHECK(refusal(pfm("PF\n2  1\n-1.0\n", {})) == "decode: PFM: a number of its header is malformed");
  CHECK(contains(refusal(pfm("PF\n0 1\n-1.0\n", {})), "decode: PFM: its size is 0 x 1"));
  CHECK(contains(refusal(pfm("PF\n65536 1\n-1.0\n", {})), "a side may have 65535 pixels at most"));
  CHECK(refusal(pfm("PF\n1 1\n0\n", {0, 0, 0})) == "decode: PFM: its scale is 0 or not a number");
}

TEST_CASE("plain and run-length encoded Radiance HDR are read, with 0 as black and 1 as white") {
  const FileBytes half{128, 64, 0, 128};  // R G B and exponent: 0.5 0.25 0
  CHECK(decode(radiance("-Y 1 +X 2", joined(half, {255, 128, 0, 130}))).rgb ==
        FileBytes{128, 64, 0, 255, 255, 0});
  FileBytes row{2, 2, 0, 9};
  for (const std::uint8_t value : half) row = joined(row, {128 + 5, value, 4, value, value, value, value});
  const Image image = decode(radiance("-Y 2 +X 9", joined(row, row)));
  REQUIRE(image.rgb.size() == 54);
  for (std::size_t i = 0; i < 54; i += 3) {
    CHECK(FileBytes(image.rgb.begin() + static_cast<std::ptrdiff_t>(i),
                    image.rgb.begin() + static_cast<std::ptrdiff_t>(i) + 3) == FileBytes{128, 64, 0});
  }
}

TEST_CASE("a truncated or malformed Radiance HDR is refused and its file is closed") {
  FileBytes row{2, 2, 0, 9};
  for (int channel = 0; channel < 4; ++channel) row = joined(row, {128 + 9, 128});
  const FileBytes whole = radiance("-Y 2 +X 9", joined(row, row));
  REQUIRE(refusal(whole) == "");
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  const rlimit few{std::min<rlim_t>(files.rlim_cur, 256), files.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t size = 11; size < whole.size(); ++size) {
      CHECK(contains(refusal(cut(whole, size)), "decode: Radiance HDR: "));
    }
  }
  ::setrlimit(RLIMIT_NOFILE, &files);
  CHECK(refusal(cut(whole, whole.size() - 1)) ==
        "decode: Radiance HDR: truncated: its pixels end past the file");
  CHECK(refusal(radiance("-Y 2 +X 9", joined(row, {2, 2, 0, 9, 128 + 10, 1}))) ==
        "decode: Radiance HDR: corrupt: a run goes past its row");
  CHECK(refusal(radiance("-Y 2 +X 9", joined(row, {2, 2, 0, 8}))) ==
        "decode: Radiance HDR: corrupt: a row does not have the width of the image");
  CHECK(contains(refusal(radiance("+Y 2 +X 9", row)), "does not start at the top left is not supported"));
  CHECK(refusal(from_text("#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n\1\1\1\1")) ==
        "decode: Radiance HDR: its FORMAT is not supported, only 32-bit_rle_rgbe");
  CHECK(contains(refusal(from_text("#?RADIANCE\n\n-Y 1 +X 1\n\1\1\1\1")), "it has no FORMAT"));
  CHECK(contains(refusal(radiance("-Y 70000 +X 1", {})), "a side may have 65535 pixels at most"));
}

TEST_CASE("Sun raster with 8, 24 and 32 bits is read") {
  // width, height, bits, bytes, type, palette type, palette bytes
  CHECK(decode(sun({1, 2, 24, 8, 1, 0, 0}, {3, 2, 1, 0, 6, 5, 4, 0})).rgb == FileBytes{1, 2, 3, 4, 5, 6});
  CHECK(decode(sun({1, 2, 24, 8, 0, 0, 0}, {3, 2, 1, 0, 6, 5, 4, 0})).rgb == FileBytes{1, 2, 3, 4, 5, 6});
  CHECK(decode(sun({1, 1, 32, 4, 1, 0, 0}, {9, 3, 2, 1})).rgb == FileBytes{1, 2, 3});
  CHECK(decode(sun({2, 1, 8, 2, 1, 0, 0}, {7, 200})).rgb == FileBytes{7, 7, 7, 200, 200, 200});
  CHECK(decode(sun({2, 1, 8, 2, 1, 1, 6}, {10, 20, 30, 40, 50, 60, 1, 0})).rgb ==
        FileBytes{20, 40, 60, 10, 30, 50});
}

TEST_CASE("a Sun raster that is truncated or that OpenCV misreads is refused") {
  const FileBytes whole = sun({2, 2, 24, 12, 1, 0, 0}, FileBytes(12, 1));
  for (std::size_t size = 4; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(contains(refusal(cut(whole, size)), "decode: Sun raster: "));
  }
  CHECK(refusal(cut(whole, whole.size() - 1)) ==
        "decode: Sun raster: truncated: its pixels end past the file");
  CHECK(refusal(sun({8, 1, 1, 2, 1, 0, 0}, {0, 0})) ==
        "decode: Sun raster: 1 bits per pixel are not supported");
  CHECK(refusal(sun({8, 1, 8, 2, 2, 0, 0}, {0, 0})) ==
        "decode: Sun raster: type 2 (run-length encoded) is not supported");
  CHECK(refusal(sun({2, 1, 8, 2, 1, 1, 6}, {1, 2, 3, 4, 5, 6, 2, 0})) ==
        "decode: Sun raster: a pixel is of a colour that the palette does not have");
  CHECK(refusal(sun({2, 1, 8, 2, 1, 2, 6}, {1, 2, 3, 4, 5, 6, 1, 0})) ==
        "decode: Sun raster: its palette is not supported");
  CHECK(contains(refusal(sun({65536, 1, 8, 2, 1, 0, 0}, {})), "a side may have 65535 pixels at most"));
}
