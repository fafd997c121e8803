// Images that are refused, and the messages.
#include <doctest/doctest.h>

#include "byte_edits.hpp"
#include "image/load.hpp"
#include "written_jpeg.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

TEST_CASE("an empty file is refused") { CHECK(refusal({}) == "decode: the file is empty"); }

TEST_CASE("a file signature without an image is refused") {
  CHECK(contains(refusal(from_text("\xff\xd8\xff")), "decode: JPEG: "));
  CHECK(contains(refusal(from_text("\x89PNG\r\n\x1a\n")), "decode: PNG: "));
  CHECK(contains(refusal(from_text("BM")), "decode: BMP: "));
  CHECK(contains(refusal(from_text("RIFF\x04\0\0\0WEBP"s)), "decode: WebP: "));
  CHECK(contains(refusal(from_text("II*\0"s)), "decode: TIFF: "));
  CHECK(contains(refusal(from_text("P6\n")), "decode: PNM: "));
}

TEST_CASE("text, a web page and a Git LFS pointer are refused, and the error names the kind") {
  CHECK(refusal(from_text("this is not a picture")) == "decode: not an image: it is text");
  CHECK(refusal(from_text("<!DOCTYPE html><html>")) == "decode: not an image: it is an HTML page");
  CHECK(contains(refusal(from_text("version https://git-lfs.github.com/spec/v1\n")), "Git LFS pointer"));
  CHECK(refusal({1, 2, 3, 0xff}) == "decode: not an image: no known format begins with 01 02 03 ff");
}

TEST_CASE("a JPEG truncated in its scan is refused as truncated") {
  for (const char* name : {"orientation1.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    for (std::size_t size = 4; size < whole.size() - 2; size += 7) {
      const std::string reason = refusal(cut(whole, size));
      CHECK(contains(reason, "decode: JPEG: "));
    }
    CHECK(refusal(cut(whole, whole.size() - 30)) == "decode: JPEG: Premature end of JPEG file");
  }
}

TEST_CASE("a JPEG that lacks only its end marker is read, and so is one with a trailer instead") {
  for (const char* name : {"orientation1.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    const FileBytes rest = cut(whole, whole.size() - 2);
    for (const FileBytes& end :
         {FileBytes{}, {0xff}, {0, 0, 0}, from_text("\n\x0e\0\0Image_UTC_Data1527163200000SEFT"s)})
      CHECK(differences(decode(joined(rest, end)), decode(whole)) == 0);
    CHECK(decode_noted(rest, std::nullopt, std::nullopt).note ==
          "JPEG: its end marker is missing; all pixels are there");
    CHECK(decode_noted(whole, std::nullopt, std::nullopt).note == "");
    CHECK(refusal(cut(rest, rest.size() - 1)) == "decode: JPEG: Premature end of JPEG file");
  }
}

TEST_CASE("a progressive JPEG that ends between two scans is refused as truncated") {
  const FileBytes whole = fixture("progressive.jpg");
  std::size_t scans = 0;
  for (std::size_t at = position(whole, "\xff\xda") + 2; at + 1 < whole.size(); ++at) {
    if (whole[at] != 0xff || (whole[at + 1] != 0xda && whole[at + 1] != 0xc4))
      continue;  // next scan or its tables
    CHECK(refusal(cut(whole, at)) == "decode: JPEG: Premature end of JPEG file");
    ++scans;
  }
  CHECK(scans > 5);
}

TEST_CASE("a JPEG without a scan for one component is refused") {
  // Three scans, one component each. Without the last one the end marker follows the second.
  const FileBytes whole = written_jpeg(decode(fixture("upright.png")), JpegKind::scan_for_each_component);
  std::vector<std::size_t> scans;
  for (std::size_t at = 0; at + 1 < whole.size(); ++at)
    if (whole[at] == 0xff && whole[at + 1] == 0xda) scans.push_back(at);
  REQUIRE(scans.size() == 3);
  CHECK(refusal(whole) == "");
  CHECK(refusal(cut(whole, whole.size() - 2)) == "");
  CHECK(refusal(joined(cut(whole, scans[2]), {0xff, 0xd9})) == "decode: JPEG: a component has no scan");
  CHECK(refusal(cut(whole, scans[2])) == "decode: JPEG: Premature end of JPEG file");
}

TEST_CASE("an arithmetic-coded JPEG without an end marker is refused, as bytes may be missing") {
  const FileBytes whole = written_jpeg(decode(fixture("upright.png")), JpegKind::arithmetic);
  CHECK(refusal(whole) == "");
  CHECK(refusal(cut(whole, whole.size() - 2)) == "decode: JPEG: Premature end of JPEG file");
}

TEST_CASE("a JPEG truncated at a restart marker is refused as truncated") {
  const FileBytes whole = written_jpeg(decode(fixture("upright.png")), JpegKind::restart_each_row);
  const std::size_t at = position(whole, "\xff\xd0");
  CHECK(refusal(cut(whole, at)) == "decode: JPEG: Premature end of JPEG file");
  CHECK(refusal(cut(whole, at + 2)) == "decode: JPEG: Premature end of JPEG file");
  CHECK(refusal(cut(whole, whole.size() - 2)) == "");
}

TEST_CASE("a JPEG truncated in its scan and ended with a marker is refused as corrupt") {
  const FileBytes whole = fixture("orientation1.jpg");
  CHECK(refusal(joined(cut(whole, whole.size() - 300), {0xff, 0xd9})) ==
        "decode: JPEG: Corrupt JPEG data: premature end of data segment");
}

TEST_CASE("extra bytes between the last scan and the end marker of a JPEG are ignored") {
  const FileBytes whole = fixture("orientation1.jpg");
  CHECK(refusal(joined(cut(whole, whole.size() - 2), {0, 1, 2, 3, 0xff, 0xd9})) == "");
}

TEST_CASE("extra bytes after the end of an image are ignored") {
  for (const char* name : {"orientation1.jpg", "progressive.jpg", "upright.png", "rgb24.bmp", "lossy.webp",
                           "raw.tif", "rgb.ppm"}) {
    CAPTURE(std::string(name));
    CHECK(refusal(joined(fixture(name), from_text("and more"))) == "");
  }
}

TEST_CASE("an image with a corrupt header is refused") {
  const FileBytes jpeg = fixture("orientation1.jpg");
  CHECK(contains(refusal(patched(jpeg, position(jpeg, "\xff\xc0") + 2, {0, 3})), "JPEG: "));
  CHECK(contains(refusal(patched(fixture("upright.png"), 24, {7})), "PNG: "));
  CHECK(contains(refusal(patched(fixture("rgb24.bmp"), 28, {5})), "BMP: 5 bits per pixel"));
  CHECK(contains(refusal(patched(fixture("lossy.webp"), 12, {'x'})), "WebP: "));
  CHECK(contains(refusal(patched(fixture("raw.tif"), 4, {0xff, 0xff, 0xff, 0x7f})), "TIFF: "));
  CHECK(contains(refusal(from_text("P6 3 x 255\n")), "PNM: the height is not a number"));
  CHECK(contains(refusal(from_text("P5 1 1 70000\n\1\1")), "PNM: the largest value"));
}

TEST_CASE("a JPEG with more than 100 progressive scans is refused") {
  CHECK(refusal(fixture("100_scans.jpg")) == "");
  CHECK(refusal(fixture("101_scans.jpg")) == "decode: JPEG: more than 100 scans");
}

TEST_CASE("unsupported image formats are refused by name") {
  const auto unsupported = [](const std::string& name) {
    return "decode: " + name + " images are not supported; convert it to PNG or JPEG";
  };
  CHECK(refusal(from_text("NITF02.10")) == unsupported("NITF"));
  CHECK(refusal(from_text(std::string(128, '\0') + "DICM")) == unsupported("DICOM"));
  CHECK(refusal(from_text("\x76\x2f\x31\x01\x02\0\0\0"s)) == unsupported("OpenEXR"));
  CHECK(refusal(from_text("\0\0\0\x18"s + "ftypcrx ")) == unsupported("Canon CR3"));
  CHECK(refusal(from_text("\xff\x0a")) == unsupported("JPEG XL"));
  CHECK(refusal(from_text("8BPS")) == unsupported("PSD"));
  CHECK(refusal(from_text("II\x2b\0"s)) == unsupported("BigTIFF"));
  CHECK(contains(refusal(fixture("animated.webp")), "decode: WebP: animated images are not supported"));
}

TEST_CASE("an image with a side of 65,536 is refused before memory is allocated") {
  const std::string limit = "a side may have 65535 pixels at most";
  CHECK(contains(refusal(patched(fixture("upright.png"), 16, big_endian(65536))), limit));
  CHECK(contains(refusal(patched(fixture("rgb24.bmp"), 18, little_endian(65536))), limit));
  CHECK(contains(refusal(from_text("P6 65536 1 255\n")), limit));
  CHECK(contains(refusal(from_text("II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\0\0\x01\0"s)),
                 "TIFF: its size is"));
  const FileBytes jpeg = fixture("orientation1.jpg");  // libjpeg's limit is 65,500
  CHECK(contains(refusal(patched(jpeg, position(jpeg, "\xff\xc0") + 5, {0xff, 0xff})),
                 "JPEG: Maximum supported"));
}

TEST_CASE("more than 2^28 pixels, or than the file can hold, are refused before allocation") {
  const FileBytes png = fixture("upright.png");
  CHECK(contains(refusal(patched(png, 16, {0, 0, 0x80, 0, 0, 0, 0x80, 0})), "268435456 pixels at most"));
  const FileBytes bitmap = fixture("rgb24.bmp");
  CHECK(contains(refusal(patched(bitmap, 22, little_endian(8000))), "BMP: truncated"));
  CHECK(contains(refusal(from_text("P3 16384 16384 255\n1 2 3")), "PNM: truncated"));
  FileBytes large = patched(png, 16, {0, 0, 0x40, 0, 0, 0, 0x40, 0});
  large = patched(large, 29, crc_of({large.begin() + 12, large.begin() + 29}));
  CHECK(contains(refusal(large), "PNG: the file is too short for 16384 x 16384 pixels"));
}

TEST_CASE("an image with a side of 0 is refused") {
  CHECK(contains(refusal(patched(fixture("upright.png"), 16, big_endian(0))), "PNG: its size is 0 x 32"));
  CHECK(contains(refusal(patched(fixture("rgb24.bmp"), 22, little_endian(0))), "BMP: its size is 48 x 0"));
  CHECK(contains(refusal(from_text("P5 0 4 255\n")), "PNM: its size is 0 x 4"));
  const FileBytes jpeg = fixture("orientation1.jpg");
  CHECK(contains(refusal(patched(jpeg, position(jpeg, "\xff\xc0") + 5, {0, 0})),
                 "decode: JPEG: Empty JPEG image"));
}

TEST_CASE("12-bit and 16-bit JPEGs are refused, and the error names the bits") {
  CHECK(refusal(fixture("12bit.jpg")) == "decode: JPEG: 12 bits per sample are not supported, only 8");
  CHECK(contains(refusal(fixture("16bit_lossless.jpg")),
                 "decode: JPEG: Unsupported JPEG process: SOF type 0xc3"));
}

TEST_CASE("an index past the end of a PNG's palette is refused") {
  CHECK(refusal(fixture("palette_index_out_of_range.png")) ==
        "decode: PNG: a pixel is of a colour that the palette does not have");
}

TEST_CASE("a WebP truncated at any byte is refused as truncated") {
  for (const char* name : {"lossy.webp", "lossless.webp", "alpha.webp", "orientation6.webp"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    for (std::size_t size = 12; size < whole.size(); size += size < 64 ? 1 : 97)
      CHECK(refusal(cut(whole, size)) == "decode: WebP: truncated");
    CHECK(refusal(cut(whole, whole.size() - 1)) == "decode: WebP: truncated");
  }
}

TEST_CASE("a WebP with corrupt image data is refused") {
  for (const char* name : {"lossy.webp", "lossless.webp"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    CHECK(refusal(patched(whole, 40, FileBytes(whole.size() - 40, 0xff))) ==
          "decode: WebP: its image data is corrupt");
  }
}

TEST_CASE("a WebP whose image data continues in the next chunk is refused") {
  // Shorten the image chunk; the rest becomes a chunk of an unknown kind.
  const FileBytes whole = fixture("orientation6.webp");
  const std::size_t at = position(whole, "VP8L");
  const std::uint32_t length = whole[at + 4] | std::uint32_t{whole[at + 5]} << 8;
  FileBytes bytes = patched(whole, at + 4, little_endian(length / 4 * 2));
  bytes = patched(bytes, at + 8 + length / 4 * 2,
                  joined(from_text("none"), little_endian(length - length / 4 * 2 - 8)));
  CHECK(refusal(bytes) == "decode: WebP: its image data is corrupt");
}

TEST_CASE("a truncated TIFF is refused") {
  for (const char* name : {"raw.tif", "orientation1.tif"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    for (std::size_t size = 20; size < whole.size() / 2; size += 97) {
      CHECK(contains(refusal(cut(whole, size)), "decode: "));
    }
  }
}

TEST_CASE("a TIFF whose pixels extend past the end of the file is refused as truncated") {
  const FileBytes whole = fixture("raw.tif");
  CHECK(refusal(cut(whole, whole.size() - 1)) == "decode: TIFF: truncated: its pixels end past the file");
}

TEST_CASE("a TIFF with floating-point samples is refused, and the error names them") {
  const FileBytes tiff = from_text(
      "II*\0\x08\0\0\0\x03\0\0\x01\x03\0\x01\0\0\0\x01\0\0\0\x01\x01\x03\0\x01\0\0\0\x01\0\0\0"
      "\x02\x01\x03\0\x01\0\0\0\x20\0\0\0\0\0\0\0"s);
  CHECK(refusal(tiff) == "decode: TIFF: 32 bits per sample are not supported");
}

TEST_CASE("randomly changed images are read or refused with a reason") {
  std::uint32_t state = 1;
  const auto next = [&](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state >> 8) % below;
  };
  const Quiet quiet;
  for (const auto& entry : std::filesystem::directory_iterator(kFixtures)) {
    const FileBytes whole = bytes_of(entry.path());
    for (int round = 0; round < 20; ++round) {
      FileBytes bytes = whole;
      for (int change = 0; change < 3; ++change)
        bytes[next(bytes.size())] = static_cast<std::uint8_t>(next(256));
      const std::string reason = refusal(bytes);
      CHECK((reason.empty() || reason.size() > std::string("decode: ").size()));
    }
  }
}
