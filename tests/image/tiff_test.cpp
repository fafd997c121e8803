// TIFF files that are supported, and their pixels. "Pillow's" pixels come from Debian's python3-pil 9.4.
#include <doctest/doctest.h>

#include <array>
#include <thread>

#include "tiff_files.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

// Returns an image with the pixels rgb(x, y).
template <class Draw>
Image drawn(std::uint32_t width, std::uint32_t height, Draw rgb) {
  Image image{static_cast<int>(width), static_cast<int>(height), {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const Rgb pixel = rgb(x, y);
      image.rgb.insert(image.rgb.end(), pixel.begin(), pixel.end());
    }
  }
  return image;
}

Image drawn_pattern(const TiffSpec& spec) {
  const TiffValue value = pattern(8);
  return drawn(spec.width, spec.height, [&](std::uint32_t x, std::uint32_t y) -> Rgb {
    const auto sample = [&](unsigned c) { return static_cast<std::uint8_t>(value(x, y, c)); };
    if (spec.samples < 3) return {sample(0), sample(0), sample(0)};
    return {sample(0), sample(1), sample(2)};
  });
}

// Writes a row of pixels with these samples and decodes it.
std::vector<Rgb> decode_row(TiffSpec spec, const std::vector<std::vector<unsigned>>& pixels,
                            std::optional<Rgb> background = std::nullopt) {
  spec.width = static_cast<std::uint32_t>(pixels.size());
  spec.height = 1;
  spec.samples = static_cast<unsigned>(pixels.at(0).size());
  const Image image = decode(
      write_tiff(spec, [&](std::uint32_t x, std::uint32_t, unsigned c) { return pixels[x][c]; }), background);
  std::vector<Rgb> row;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    row.push_back({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]});
  }
  return row;
}

}  // namespace

TEST_CASE("a TIFF has the same pixels with every compression, layout and byte order") {
  constexpr std::uint16_t kCompressions[] = {
      COMPRESSION_NONE, COMPRESSION_LZW,      COMPRESSION_DEFLATE,
      COMPRESSION_LZMA, COMPRESSION_PACKBITS, COMPRESSION_ADOBE_DEFLATE,
      COMPRESSION_ZSTD, COMPRESSION_WEBP,     COMPRESSION_LERC};
  const auto has_predictor = [](std::uint16_t compression) {
    return compression == COMPRESSION_LZW || compression == COMPRESSION_DEFLATE ||
           compression == COMPRESSION_LZMA || compression == COMPRESSION_ADOBE_DEFLATE ||
           compression == COMPRESSION_ZSTD;
  };
  TiffSpec spec = rgb_spec();
  const Image expected = drawn_pattern(spec);
  for (const std::uint16_t compression : kCompressions) {
    for (const char* mode : {"wl", "wb"}) {
      for (const unsigned bits : {8U, 16U}) {
        for (const bool planar : {false, true}) {
          for (const std::uint32_t tile : {0U, 16U, 48U}) {
            for (const std::uint16_t predictor : TiffValues{PREDICTOR_NONE, PREDICTOR_HORIZONTAL}) {
              if (predictor != PREDICTOR_NONE && !has_predictor(compression)) continue;
              if (compression == COMPRESSION_WEBP && (planar || bits != 8)) continue;
              CAPTURE(compression);
              CAPTURE(std::string(mode));
              CAPTURE(bits);
              CAPTURE(planar);
              CAPTURE(tile);
              CAPTURE(predictor);
              spec.compression = compression;
              spec.mode = mode;
              spec.bits = bits;
              spec.planar = planar;
              spec.tile_width = tile;
              spec.tile_height = tile;
              spec.predictor = predictor;
              const Image image = decode(write_tiff(spec, pattern(bits)));
              CHECK(differences(image, expected) == 0);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a TIFF is read with any number of rows per strip") {
  TiffSpec spec = rgb_spec();
  for (const std::uint32_t rows : {1U, 5U, 22U, 23U, 100U, 0xffffffffU}) {
    CAPTURE(rows);
    spec.rows = rows;
    CHECK(differences(decode(write_tiff(spec, pattern(8))), drawn_pattern(spec)) == 0);
  }
}

TEST_CASE("a grey TIFF of 1 to 16 bits uses the whole range and is inverted if 0 is white") {
  for (const unsigned bits : {1U, 2U, 4U, 8U, 12U, 16U}) {
    for (const bool inverted : {false, true}) {
      for (const std::uint16_t order : TiffValues{FILLORDER_MSB2LSB, FILLORDER_LSB2MSB}) {
        CAPTURE(bits);
        CAPTURE(inverted);
        CAPTURE(order);
        const TiffSpec spec{.bits = bits,
                            .photometric = static_cast<std::uint16_t>(inverted ? PHOTOMETRIC_MINISWHITE
                                                                               : PHOTOMETRIC_MINISBLACK),
                            .fill_order = order};
        const TiffValue value = pattern(bits);
        const Image expected = drawn(spec.width, spec.height, [&](std::uint32_t x, std::uint32_t y) -> Rgb {
          const unsigned sample = value(x, y, 0);
          const unsigned byte = bits < 8 ? sample * 255 / ((1U << bits) - 1) : sample >> (bits - 8);
          const auto level = static_cast<std::uint8_t>(inverted ? 255 - byte : byte);
          return {level, level, level};
        });
        CHECK(differences(decode(write_tiff(spec, value)), expected) == 0);
      }
    }
  }
}

TEST_CASE("fax compressions are read in both bit orders and both polarities") {
  struct Fax {
    std::uint16_t compression;
    std::uint32_t options;
  };
  for (const Fax fax : {Fax{COMPRESSION_CCITTRLE, 0}, Fax{COMPRESSION_CCITTFAX3, 0},
                        Fax{COMPRESSION_CCITTFAX3, GROUP3OPT_2DENCODING},
                        Fax{COMPRESSION_CCITTFAX3, GROUP3OPT_FILLBITS}, Fax{COMPRESSION_CCITTFAX4, 0}}) {
    for (const std::uint16_t photometric : TiffValues{PHOTOMETRIC_MINISWHITE, PHOTOMETRIC_MINISBLACK}) {
      for (const std::uint16_t order : TiffValues{FILLORDER_MSB2LSB, FILLORDER_LSB2MSB}) {
        CAPTURE(fax.compression);
        CAPTURE(fax.options);
        CAPTURE(photometric);
        CAPTURE(order);
        TiffSpec spec{.bits = 1, .photometric = photometric, .fill_order = order};
        const Image expected = decode(write_tiff(spec, pattern(1)));
        spec.compression = fax.compression;
        spec.fax_options = fax.options;
        CHECK(differences(decode(write_tiff(spec, pattern(1))), expected) == 0);
      }
    }
  }
}

TEST_CASE("a palette of 1 to 8 bits uses the high bytes of its colours") {
  for (const unsigned bits : {1U, 2U, 4U, 8U}) {
    CAPTURE(bits);
    TiffSpec spec{.bits = bits, .photometric = PHOTOMETRIC_PALETTE};
    for (unsigned i = 0; i < 3U << bits; ++i)
      spec.palette.push_back(static_cast<std::uint16_t>(i * 20011 + 300));
    const TiffValue value = pattern(bits);
    const auto colour = [&](std::size_t i) -> Rgb {
      const std::size_t size = std::size_t{1} << bits;
      const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(spec.palette[at] >> 8); };
      return {byte(i), byte(size + i), byte(2 * size + i)};
    };
    const Image expected = drawn(spec.width, spec.height,
                                 [&](std::uint32_t x, std::uint32_t y) { return colour(value(x, y, 0)); });
    CHECK(differences(decode(write_tiff(spec, value)), expected) == 0);
  }
}

TEST_CASE("a palette with 8-bit colours is read correctly") {
  const TiffSpec spec{.bits = 1, .photometric = PHOTOMETRIC_PALETTE, .palette = {10, 200, 20, 210, 30, 255}};
  CHECK(decode_row(spec, {{0}, {1}}) == std::vector<Rgb>{{10, 20, 30}, {200, 210, 255}});
}

TEST_CASE("extra samples after the colours are ignored unless they are alpha") {
  CHECK(decode_row({.photometric = PHOTOMETRIC_RGB, .extra = {EXTRASAMPLE_UNSPECIFIED, 0}}, {{1, 2, 3, 4, 5}},
                   kWhite) == std::vector<Rgb>{{1, 2, 3}});
  CHECK(decode_row({.extra = {EXTRASAMPLE_UNASSALPHA}}, {{70, 0}, {90, 255}}) ==
        std::vector<Rgb>{{70, 70, 70}, {90, 90, 90}});
  CHECK(decode_row({.photometric = PHOTOMETRIC_SEPARATED, .extra = {EXTRASAMPLE_UNSPECIFIED}},
                   {{0, 255, 0, 0, 77}}) == std::vector<Rgb>{{255, 0, 255}});
}

TEST_CASE("straight alpha is dropped, or blended if a background is given") {
  for (const bool planar : {false, true}) {
    CAPTURE(planar);
    const TiffSpec rgba{.photometric = PHOTOMETRIC_RGB, .planar = planar, .extra = {EXTRASAMPLE_UNASSALPHA}};
    const std::vector<std::vector<unsigned>> pixels{{10, 20, 30, 0}, {10, 20, 30, 51}, {10, 20, 30, 255}};
    CHECK(decode_row(rgba, pixels) == std::vector<Rgb>(3, {10, 20, 30}));
    CHECK(decode_row(rgba, pixels, kWhite) ==
          std::vector<Rgb>{{255, 255, 255}, {206, 208, 210}, {10, 20, 30}});
  }
  CHECK(decode_row({.extra = {EXTRASAMPLE_UNASSALPHA}}, {{100, 0}, {100, 255}}, Rgb{1, 2, 3}) ==
        std::vector<Rgb>{{1, 2, 3}, {100, 100, 100}});
  CHECK(decode_row({.photometric = PHOTOMETRIC_SEPARATED, .extra = {EXTRASAMPLE_UNASSALPHA}},
                   {{0, 255, 0, 0, 0}, {0, 255, 0, 0, 255}},
                   Rgb{1, 2, 3}) == std::vector<Rgb>{{1, 2, 3}, {255, 0, 255}});
}

TEST_CASE("premultiplied alpha is divided with Pillow's rounding for each layout, in 8 and 16 bits") {
  const std::vector<std::vector<unsigned>> pixels{{10, 20, 30, 255}, {10, 20, 30, 128}, {10, 20, 30, 40},
                                                  {10, 20, 30, 20},  {10, 20, 30, 0},   {200, 100, 50, 100},
                                                  {1, 1, 1, 3},      {99, 98, 97, 99}};
  const std::vector<Rgb> expected{{10, 20, 30}, {19, 39, 59},    {63, 127, 191}, {127, 255, 255},
                                  {0, 0, 0},    {255, 255, 127}, {85, 85, 85},   {255, 252, 249}};
  for (const unsigned bits : {8U, 16U}) {
    for (const bool planar : {false, true}) {
      CAPTURE(bits);
      CAPTURE(planar);
      std::vector<std::vector<unsigned>> samples = pixels;
      for (auto& pixel : samples) {
        for (unsigned& sample : pixel) sample <<= bits - 8;
      }
      const TiffSpec spec{
          .bits = bits, .photometric = PHOTOMETRIC_RGB, .planar = planar, .extra = {EXTRASAMPLE_ASSOCALPHA}};
      CHECK(decode_row(spec, samples) == expected);
    }
  }
  CHECK(decode_row({.extra = {EXTRASAMPLE_ASSOCALPHA}}, {{30, 128}}) == std::vector<Rgb>{{59, 59, 59}});
}

TEST_CASE("CMYK of 8 and 16 bits is converted as in Pillow") {
  const std::vector<std::vector<unsigned>> pixels{
      {0, 0, 0, 0},     {255, 0, 0, 0},       {0, 255, 0, 128}, {10, 200, 30, 40},
      {77, 3, 91, 200}, {255, 255, 255, 255}, {1, 2, 3, 4},     {128, 128, 128, 128}};
  const std::vector<Rgb> expected{{255, 255, 255}, {0, 255, 255}, {127, 0, 127},   {207, 46, 190},
                                  {38, 54, 35},    {0, 0, 0},     {250, 249, 248}, {63, 63, 63}};
  CHECK(decode_row({.photometric = PHOTOMETRIC_SEPARATED}, pixels) == expected);
  std::vector<std::vector<unsigned>> wide = pixels;
  for (auto& pixel : wide) {
    for (unsigned& sample : pixel) sample = sample << 8 | 0x80;
  }
  CHECK(decode_row({.bits = 16, .photometric = PHOTOMETRIC_SEPARATED}, wide) == expected);
  CHECK(decode_row({.photometric = PHOTOMETRIC_SEPARATED, .planar = true}, pixels) == expected);
}

TEST_CASE("CIELAB is converted as in Pillow, in one plane and in several") {
  for (const bool planar : {false, true}) {
    CAPTURE(planar);
    CHECK(decode_row({.photometric = PHOTOMETRIC_CIELAB, .planar = planar}, {{0, 0, 0},
                                                                             {255, 0, 0},
                                                                             {128, 0, 0},
                                                                             {136, 80, 67},
                                                                             {220, 178, 83},
                                                                             {82, 79, 148},
                                                                             {200, 5, 250},
                                                                             {100, 230, 60}}) ==
          std::vector<Rgb>{{1, 0, 1},
                           {254, 255, 254},
                           {119, 119, 119},
                           {250, 3, 11},
                           {21, 250, 2},
                           {88, 0, 253},
                           {199, 191, 205},
                           {65, 103, 0}});
  }
}

TEST_CASE("YCbCr is converted as in Pillow, in one plane and in several") {
  for (const bool planar : {false, true}) {
    CAPTURE(planar);
    CHECK(decode_row({.photometric = PHOTOMETRIC_YCBCR, .planar = planar}, {{81, 90, 240},
                                                                            {145, 54, 34},
                                                                            {41, 240, 110},
                                                                            {235, 128, 128},
                                                                            {16, 128, 128},
                                                                            {200, 10, 250},
                                                                            {0, 0, 0},
                                                                            {255, 255, 255}}) ==
          std::vector<Rgb>{{238, 14, 14},
                           {13, 238, 14},
                           {16, 15, 239},
                           {235, 235, 235},
                           {16, 16, 16},
                           {255, 153, 0},
                           {0, 135, 0},
                           {255, 121, 255}});
  }
}

TEST_CASE("subsampled YCbCr repeats Cb and Cr within a block, in strips and tiles") {
  TiffSpec spec{.samples = 3, .photometric = PHOTOMETRIC_YCBCR};
  for (const std::uint16_t across : TiffValues{1, 2, 4}) {
    for (const std::uint16_t down : TiffValues{1, 2, 4}) {
      const TiffValue value = pattern(8);
      spec.subsampling = {1, 1};
      spec.tile_width = spec.tile_height = 0;
      const Image expected = decode(write_tiff(spec, [&](std::uint32_t x, std::uint32_t y, unsigned c) {
        return c == 0 ? value(x, y, c) : value(x / across * across, y / down * down, c);
      }));
      spec.subsampling = {across, down};
      for (const std::uint16_t compression : TiffValues{COMPRESSION_NONE, COMPRESSION_LZW}) {
        for (const std::uint32_t tile : {0U, 16U, 32U}) {
          CAPTURE(across);
          CAPTURE(down);
          CAPTURE(compression);
          CAPTURE(tile);
          spec.compression = compression;
          spec.rows = 8;
          spec.tile_width = spec.tile_height = tile;
          CHECK(differences(decode(write_tiff(spec, value)), expected) == 0);
        }
      }
      spec.compression = COMPRESSION_NONE;
    }
  }
}

TEST_CASE("old-style and new-style JPEG in a TIFF have the pixels of the JPEG") {
  struct Case {
    FileBytes jpeg;
    std::array<std::uint16_t, 2> subsampling;
    bool is_progressive = false;
  };
  for (const Case& one :
       {Case{fixture("orientation1.jpg"), {1, 1}}, Case{bytes_of(kPhotos / "cat.jpg"), {2, 2}},
        Case{fixture("progressive.jpg"), {2, 2}, true}}) {
    const Image expected = decode(one.jpeg);
    const auto height = static_cast<std::uint32_t>(expected.height);
    const TiffSpec spec{.width = static_cast<std::uint32_t>(expected.width),
                        .height = height,
                        .samples = 3,
                        .photometric = PHOTOMETRIC_YCBCR,
                        .compression = COMPRESSION_JPEG,
                        .rows = height,
                        .subsampling = one.subsampling};
    CAPTURE(spec.width);
    const FileBytes tiff = write_raw_tiff(spec, one.jpeg);
    CHECK(differences(decode(tiff), expected) == 0);
    if (one.is_progressive) continue;  // old-style JPEG cannot be progressive
    // libtiff repeats Cb and Cr of old-style JPEG, and libjpeg interpolates them.
    const Image old = decode(with_tag(tiff, TIFFTAG_COMPRESSION, COMPRESSION_OJPEG));
    REQUIRE(old.rgb.size() == expected.rgb.size());
    double sum = 0;
    for (std::size_t i = 0; i < old.rgb.size(); ++i) sum += std::abs(old.rgb[i] - expected.rgb[i]);
    CHECK(sum / static_cast<double>(old.rgb.size()) < 3);
  }
}

TEST_CASE("grey and CMYK JPEGs in a TIFF are read") {
  TiffSpec spec{.compression = COMPRESSION_JPEG, .rows = 16};
  const TiffValue slope = [](std::uint32_t x, std::uint32_t y, unsigned c) {
    return 40 + 3 * x + 2 * y + 10 * c;
  };
  for (const unsigned samples : {1U, 4U}) {
    CAPTURE(samples);
    spec.samples = samples;
    spec.photometric = samples == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_SEPARATED;
    spec.compression = COMPRESSION_NONE;
    const Image expected = decode(write_tiff(spec, slope));
    spec.compression = COMPRESSION_JPEG;
    const Image image = decode(write_tiff(spec, slope));
    REQUIRE(image.rgb.size() == expected.rgb.size());
    int largest = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
      largest = std::max(largest, std::abs(image.rgb[i] - expected.rgb[i]));
    }
    CHECK(largest <= 12);
  }
}

TEST_CASE("every orientation of a TIFF is applied once, in every colour space") {
  for (const std::uint16_t photometric :
       TiffValues{PHOTOMETRIC_MINISBLACK, PHOTOMETRIC_RGB, PHOTOMETRIC_YCBCR}) {
    TiffSpec spec{.samples = photometric == PHOTOMETRIC_MINISBLACK ? 1U : 3U, .photometric = photometric};
    const Image stored = decode(write_tiff(spec, pattern(8)));
    for (std::uint16_t orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(photometric);
      CAPTURE(orientation);
      spec.orientation = orientation;
      const Image image = decode(write_tiff(spec, pattern(8)));
      REQUIRE(image.width == (orientation < 5 ? stored.width : stored.height));
      // Position at which the top left stored pixel is shown (EXIF 2.3, tag 274).
      const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
      const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
      const std::size_t at = static_cast<std::size_t>((bottom ? image.height - 1 : 0) * image.width +
                                                      (right ? image.width - 1 : 0)) *
                             3;
      CHECK(std::equal(stored.rgb.begin(), stored.rgb.begin() + 3,
                       image.rgb.begin() + static_cast<std::ptrdiff_t>(at)));
    }
  }
}

TEST_CASE("an orientation of 0 or 9 in a TIFF is ignored") {
  const FileBytes tiff = write_tiff(rgb_spec(), pattern(8));
  for (const std::uint32_t orientation : {0U, 9U}) {
    CHECK(differences(decode(with_tag(tiff, TIFFTAG_ORIENTATION, orientation)), decode(tiff)) == 0);
  }
}

TEST_CASE("a last Deflate strip with extra rows below the image is read") {
  TiffSpec spec = rgb_spec();
  spec.compression = COMPRESSION_ADOBE_DEFLATE;
  spec.height = 16;
  spec.rows = 16;
  // Repeated rows are stored as long matches; one of them extends past the end of the image.
  const TiffValue flat = [](std::uint32_t x, std::uint32_t, unsigned c) { return x + c; };
  const FileBytes whole = write_tiff(spec, flat);
  for (std::uint32_t height = 1; height <= 16; ++height) {
    CAPTURE(height);
    const Image image = decode(with_tag(whole, TIFFTAG_IMAGELENGTH, height));
    REQUIRE(image.height == static_cast<int>(height));
    const Image all = decode(whole);
    CHECK(std::equal(image.rgb.begin(), image.rgb.end(), all.rgb.begin()));
  }
}

TEST_CASE("TIFFs of other programs have the same pixels as in Pillow") {
  const auto row = [](const std::string& name) {
    const Image image = decode(tiff_fixture(name));
    REQUIRE(image.width >= 8);
    return std::vector<std::uint8_t>{image.rgb[0], image.rgb[9], image.rgb[18]};  // red of 3 pixels
  };
  CHECK(row("grey2.tif") == std::vector<std::uint8_t>{0, 0, 0});
  const Image grey = decode(tiff_fixture("grey2.tif"));
  for (std::size_t i : {1, 2, 3}) CHECK(grey.rgb[(4 * i + 3) * 3] == 85 * i);
  CHECK(row("grey4.tif") == std::vector<std::uint8_t>{0, 17, 0});
  CHECK(row("grey4-strips.tif") == std::vector<std::uint8_t>{136, 136, 136});
  CHECK(row("palette4.tif") == std::vector<std::uint8_t>{0, 15, 0});
  CHECK(row("cmyk16.tif") == std::vector<std::uint8_t>{247, 202, 162});
  CHECK(row("tile16-uncompressed.tif") == std::vector<std::uint8_t>{0, 3, 6});
  CHECK(row("deflate-good.tif") == std::vector<std::uint8_t>{0, 3, 6});
  const Image contig = decode(tiff_fixture("contig16-premultiplied.tif"));
  CHECK(std::vector<std::uint8_t>(contig.rgb.begin(), contig.rgb.begin() + 3) ==
        std::vector<std::uint8_t>{234, 78, 39});
  CHECK(differences(decode(tiff_fixture("planar16-premultiplied.tif")), contig) == 0);
}

TEST_CASE("threads can decode valid and corrupt TIFFs at the same time") {
  TiffSpec spec = rgb_spec();
  spec.compression = COMPRESSION_LZW;
  const FileBytes sound = write_tiff(spec, pattern(8));
  const FileBytes corrupt = tiff_fixture("deflate-corrupt.tif");
  const Image expected = drawn_pattern(spec);
  std::array<int, 4> wrong{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          try {
            wrong[t] +=
                differences(decode(t % 2 == 0 ? sound : corrupt), expected) == 0 && t % 2 == 0 ? 0 : 1;
          } catch (const ImageError& error) {
            wrong[t] += t % 2 == 1 && contains(error.what(), "Decoding error at scanline 0") ? 0 : 1;
          }
        }
      });
    }
  }
  CHECK(wrong == std::array<int, 4>{});
}
