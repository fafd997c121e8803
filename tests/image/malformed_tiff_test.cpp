// TIFF files that are refused, and the messages.
#include <doctest/doctest.h>

#include "byte_edits.hpp"
#include "image/exif.hpp"
#include "tiff_files.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

TiffSpec compressed(std::uint16_t compression) {
  TiffSpec spec = rgb_spec();
  spec.compression = compression;
  if (compression == COMPRESSION_CCITTFAX3 || compression == COMPRESSION_CCITTFAX4) {
    spec = {.bits = 1, .photometric = PHOTOMETRIC_MINISWHITE, .compression = compression};
  }
  if (compression == COMPRESSION_JPEG) spec.rows = 8;
  return spec;
}

constexpr std::uint16_t kCompressions[] = {COMPRESSION_NONE,     COMPRESSION_LZW,  COMPRESSION_ADOBE_DEFLATE,
                                           COMPRESSION_PACKBITS, COMPRESSION_LZMA, COMPRESSION_ZSTD,
                                           COMPRESSION_WEBP,     COMPRESSION_JPEG, COMPRESSION_CCITTFAX3,
                                           COMPRESSION_CCITTFAX4};

constexpr const char* kCorrupt = "decode: TIFF: truncated or corrupt: ";

}  // namespace

TEST_CASE("an unsupported TIFF is refused, and the error names the feature") {
  const FileBytes tiff = write_tiff(rgb_spec(), pattern(8));
  const auto with = [&](std::uint32_t tag, std::uint32_t value) {
    return refusal(with_tag(tiff, tag, value));
  };
  CHECK(with(TIFFTAG_COMPRESSION, 34712) == "decode: TIFF: compression 34712 (JPEG 2000) is not supported");
  CHECK(with(TIFFTAG_COMPRESSION, 178) == "decode: TIFF: compression 178 is not supported");
  for (const std::uint32_t compression :
       {COMPRESSION_NEXT, COMPRESSION_THUNDERSCAN, COMPRESSION_JBIG, COMPRESSION_PIXARLOG}) {
    CHECK(contains(with(TIFFTAG_COMPRESSION, compression), "is not supported"));
  }
  CHECK(with(TIFFTAG_PHOTOMETRIC, 32803) ==
        "decode: TIFF: photometric interpretation 32803 (colour filter array) is not supported");
  CHECK(with(TIFFTAG_PHOTOMETRIC, 9) ==
        "decode: TIFF: photometric interpretation 9 (ICC L*a*b*) is not supported");
  CHECK(with(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_SEPARATED) ==
        "decode: TIFF: CMYK with 3 samples per pixel is not supported");
  for (const unsigned samples : {3U, 5U}) {
    const TiffSpec bands{.samples = samples, .extra = std::vector<std::uint16_t>(samples - 1)};
    CHECK(refusal(write_tiff(bands, pattern(8))) ==
          "decode: TIFF: grey with " + std::to_string(samples) + " channels is not supported");
  }
  CHECK(with(TIFFTAG_BITSPERSAMPLE, 5) ==
        "decode: TIFF: samples of different numbers of bits are not supported");
  CHECK(refusal(tiff_fixture("unknown-compression.tif")) == "decode: TIFF: compression 178 is not supported");
}

TEST_CASE("unsupported bit depths of a TIFF are named in the error") {
  const auto refusal_of = [](unsigned bits, std::uint16_t photometric, unsigned samples) {
    return refusal(write_tiff({.bits = bits, .samples = samples, .photometric = photometric}, pattern(bits)));
  };
  const FileBytes grey = write_tiff({.bits = 16}, pattern(16));
  CHECK(refusal(with_tag(grey, TIFFTAG_BITSPERSAMPLE, 32)) ==
        "decode: TIFF: 32 bits per sample are not supported");
  CHECK(refusal_of(16, PHOTOMETRIC_CIELAB, 3) ==
        "decode: TIFF: CIELAB with 16 bits per sample is not supported");
  CHECK(refusal_of(16, PHOTOMETRIC_YCBCR, 3) ==
        "decode: TIFF: YCbCr with 16 bits per sample is not supported");
  CHECK(refusal(with_tag(grey, TIFFTAG_COMPRESSION, COMPRESSION_JPEG)) ==
        "decode: TIFF: 16 bits per sample are not supported in compression 7, only 8");
}

TEST_CASE("floating-point, signed and complex samples of a TIFF are named in the error") {
  for (const auto& [format, reason] :
       {std::pair{SAMPLEFORMAT_IEEEFP, "floating-point samples of 16 bits are not supported"},
        {SAMPLEFORMAT_INT, "signed samples of 16 bits are not supported"},
        {SAMPLEFORMAT_COMPLEXINT, "complex samples of 16 bits are not supported"}}) {
    // Turn the orientation tag into a sample format tag.
    FileBytes tiff = write_tiff({.bits = 16}, pattern(16));
    const std::size_t entry = position(tiff, std::string("\x12\x01\x03\0", 4));
    tiff = patched(tiff, entry, {0x53, 0x01});
    tiff[entry + 8] = static_cast<std::uint8_t>(format);
    CHECK(refusal(tiff) == std::string("decode: TIFF: ") + reason);
  }
}

TEST_CASE("subsampled YCbCr in separate planes is named in the error") {
  TiffSpec spec{.samples = 3, .photometric = PHOTOMETRIC_YCBCR, .planar = true};
  FileBytes tiff = write_tiff(spec, pattern(8));
  CHECK(refusal(tiff) == "");
  CHECK(refusal(with_tag(tiff, 530, 2)) ==
        "decode: TIFF: YCbCr subsampling of 2 x 1 in planes is not supported");
}

TEST_CASE("premultiplied alpha is refused for CMYK") {
  TiffSpec spec{.samples = 5, .photometric = PHOTOMETRIC_SEPARATED, .extra = {EXTRASAMPLE_ASSOCALPHA}};
  CHECK(refusal(write_tiff(spec, pattern(8))) ==
        "decode: TIFF: CMYK with premultiplied alpha is not supported");
}

TEST_CASE("a TIFF without a photometric interpretation or without its palette is refused") {
  FileBytes tiff = write_tiff({}, pattern(8));
  const std::size_t entry = position(tiff, std::string("\x06\x01\x03\0", 4));
  CHECK(contains(refusal(patched(tiff, entry, {0x05, 0x01})), "it has no photometric interpretation"));
  // libtiff treats 8-bit palette images without a palette as grey.
  CHECK(refusal(with_tag(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_PALETTE)) ==
        "decode: TIFF: truncated or corrupt: it has no palette");
}

TEST_CASE("a TIFF truncated at any byte is refused") {
  for (const std::uint16_t compression : kCompressions) {
    CAPTURE(compression);
    const FileBytes whole = write_tiff(compressed(compression), pattern(8));
    REQUIRE(refusal(whole) == "");
    for (std::size_t size = 8; size < whole.size(); size += 29) {
      CAPTURE(size);
      CHECK(contains(refusal(cut(whole, size)), "decode: TIFF: "));
    }
  }
}

TEST_CASE("strips that end early are refused with every compression") {
  for (const std::uint16_t compression : kCompressions) {
    CAPTURE(compression);
    const FileBytes whole = write_tiff(compressed(compression), pattern(8));
    const std::string reason = refusal(with_tag(whole, TIFFTAG_STRIPBYTECOUNTS, 20));
    CAPTURE(reason);
    CHECK(reason.starts_with(kCorrupt));
    CHECK(refusal(with_tag(whole, TIFFTAG_STRIPBYTECOUNTS, 0)).starts_with(kCorrupt));
    CHECK(
        refusal(with_tag(whole, TIFFTAG_STRIPBYTECOUNTS, 0x7fffffff)).starts_with("decode: TIFF: truncated"));
    CHECK(refusal(with_tag(whole, TIFFTAG_STRIPOFFSETS, 0x7fffffff)) ==
          "decode: TIFF: truncated: its pixels end past the file");
  }
}

TEST_CASE("every error that libtiff reports is a refusal, with every compression") {
  std::uint32_t state = 1;
  const auto next = [&](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state >> 8) % below;
  };
  int reported = 0;
  for (const std::uint16_t compression : kCompressions) {
    for (const bool planar : {false, true}) {
      TiffSpec spec = compressed(compression);
      if (planar && (spec.samples == 1 || compression == COMPRESSION_WEBP)) continue;
      spec.planar = planar;
      const FileBytes whole = write_tiff(spec, pattern(spec.bits));
      const std::size_t pixels_end = whole.size() / 10 * 9;  // the directory is at the end
      for (int round = 0; round < 100; ++round) {
        FileBytes bytes = whole;
        for (std::size_t i = next(3) + 1; i > 0; --i)
          bytes[8 + next(pixels_end - 8)] = static_cast<std::uint8_t>(next(256));
        if (count_libtiff_errors(bytes) == 0) continue;
        ++reported;
        CAPTURE(compression);
        CAPTURE(planar);
        CAPTURE(round);
        CHECK(contains(refusal(bytes), "decode: TIFF: "));
      }
    }
  }
  CHECK(reported > 500);
}

TEST_CASE("corrupt TIFFs of other programs are refused with libtiff's reason") {
  CHECK(refusal(tiff_fixture("deflate-corrupt.tif")) ==
        "decode: TIFF: truncated or corrupt: Decoding error at scanline 0");
  CHECK(refusal(tiff_fixture("lzw-truncated.tif")) ==
        "decode: TIFF: truncated or corrupt: LZWDecode: Strip 0 not terminated with EOI code");
}

TEST_CASE("a WebP or JPEG smaller than its strip is refused, as libtiff leaves pixels unwritten") {
  TiffSpec spec = rgb_spec();
  spec.width = 64;
  spec.height = spec.rows = 32;
  spec.compression = COMPRESSION_WEBP;
  CHECK(refusal(write_raw_tiff(spec, fixture("lossless.webp"))) ==
        std::string(kCorrupt) + "the data of a strip or tile are not of its size");
  spec.width = 48;
  CHECK(refusal(write_raw_tiff(spec, fixture("lossless.webp"))) == "");
  spec.photometric = PHOTOMETRIC_YCBCR;
  spec.compression = COMPRESSION_JPEG;
  CHECK(refusal(write_raw_tiff(spec, fixture("orientation1.jpg"))) == "");
  spec.width = 64;
  CHECK(
      contains(refusal(write_raw_tiff(spec, fixture("orientation1.jpg"))), "Improper JPEG strip/tile size"));
}

TEST_CASE("Deflate data that continue past a tile are refused") {
  TiffSpec spec = rgb_spec();
  spec.compression = COMPRESSION_ADOBE_DEFLATE;
  spec.tile_width = spec.tile_height = 64;
  const FileBytes whole = write_tiff(spec, [](std::uint32_t x, std::uint32_t, unsigned c) { return x + c; });
  CHECK(contains(refusal(with_tag(whole, TIFFTAG_TILELENGTH, 48)), "are not of its size"));
}

TEST_CASE("a TIFF with a corrupt plane is refused, including an alpha plane that is not used") {
  const TiffSpec spec{.samples = 4,
                      .photometric = PHOTOMETRIC_RGB,
                      .compression = COMPRESSION_ADOBE_DEFLATE,
                      .planar = true,
                      .rows = 23,
                      .extra = {EXTRASAMPLE_UNASSALPHA}};
  const FileBytes whole = write_tiff(spec, pattern(8));
  REQUIRE(refusal(whole) == "");
  const TiffDirectory directory(whole);
  const auto planes = directory.find(TIFFTAG_STRIPOFFSETS);
  REQUIRE(planes);
  for (std::size_t plane = 0; plane < 4; ++plane) {
    CAPTURE(plane);
    CHECK(
        contains(refusal(patched(whole, directory.value(*planes, plane) + 9, {0xff, 0xff, 0xff})), kCorrupt));
  }
}

TEST_CASE("a TIFF that lost a tag is refused if the pixels depend on the tag") {
  TiffSpec spec = rgb_spec();
  spec.compression = COMPRESSION_LZW;
  spec.predictor = PREDICTOR_HORIZONTAL;
  const FileBytes whole = write_tiff(spec, pattern(8));
  // Changes the type of the tag with these bytes to ASCII.
  const auto with_type = [&](const std::string& entry) {
    return patched(whole, position(whole, entry) + 2, {2});
  };
  CHECK(contains(refusal(with_type(std::string("\x3d\x01\x03\0\x01\0\0\0", 8))), "\"Predictor\""));
  CHECK(refusal(with_type(std::string("\x12\x01\x03\0\x01\0\0\0", 8))) == "");  // the orientation
  // An entry of zeros: it may have been any tag.
  const std::size_t predictor = position(whole, std::string("\x3d\x01\x03\0\x01\0\0\0", 8));
  CHECK(contains(refusal(patched(whole, predictor, FileBytes(12))), "truncated or corrupt"));
}

TEST_CASE("a TIFF that declares a huge size is refused before memory is allocated") {
  const FileBytes tiff = write_tiff(rgb_spec(), pattern(8));
  const FileBytes wide = with_tag(with_tag(tiff, TIFFTAG_IMAGEWIDTH, 16384), TIFFTAG_IMAGELENGTH, 16384);
  CHECK(contains(refusal(wide), kCorrupt));
  CHECK(contains(refusal(with_tag(tiff, TIFFTAG_IMAGEWIDTH, 65535)), "cannot hold"));
  TiffSpec spec = rgb_spec();
  spec.tile_width = spec.tile_height = 16;
  const FileBytes tiled = write_tiff(spec, pattern(8));
  CHECK(contains(refusal(with_tag(tiled, TIFFTAG_TILEWIDTH, 0xffff)), kCorrupt));
  const FileBytes large_tiles =
      with_tag(with_tag(tiled, TIFFTAG_TILEWIDTH, 32768), TIFFTAG_TILELENGTH, 16384);
  CHECK(contains(refusal(large_tiles), "at most"));
}
