// Image files that can be read.
#include <doctest/doctest.h>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "image/image_files.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

std::vector<std::uint8_t> pixels(const std::string& name, std::optional<Rgb> background = std::nullopt) {
  return decode(fixture(name), background).rgb;
}

// Like Pillow's convert('L'), which made the grey fixtures.
Image grey_of(const Image& image) {
  Image grey = image;
  for (std::size_t i = 0; i < grey.rgb.size(); i += 3) {
    const unsigned level =
        grey.rgb[i] * 19595U + grey.rgb[i + 1] * 38470U + grey.rgb[i + 2] * 7471U + 0x8000U;
    grey.rgb[i] = grey.rgb[i + 1] = grey.rgb[i + 2] = static_cast<std::uint8_t>(level >> 16);
  }
  return grey;
}

// Returns the mean absolute difference, a measure of what a lossy format changes.
double distance(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 255;
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

}  // namespace

TEST_CASE("the sample photos have the same pixels as with cv::imread") {
  for (const char* name : {"cat.jpg", "cat.png", "coffee.jpg", "rocket.jpg"}) {
    CAPTURE(std::string(name));
    const Image image = load(kPhotos / name);
    const cv::Mat bgr = cv::imread((kPhotos / name).string());
    REQUIRE(image.width == bgr.cols);
    REQUIRE(image.height == bgr.rows);
    std::size_t different = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
      different += image.rgb[i] != bgr.data[i / 3 * 3 + 2 - i % 3];
    CHECK(different == 0);
  }
}

TEST_CASE("every lossless format gives the same pixels") {
  for (const char* name : {"rgb24.bmp", "lossless.webp", "raw.tif", "rgb.ppm", "interlaced.png"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), upright()) == 0);
  }
}

TEST_CASE("a grey image is read with R = G = B") {
  for (const char* name : {"grey8.bmp", "grey.tif", "grey.pgm"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), grey_of(upright())) == 0);
  }
}

TEST_CASE("grey, progressive and CMYK JPEGs have the same pixels as in Pillow") {
  for (const char* name : {"grey", "progressive", "cmyk"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(std::string(name) + ".jpg")),
                      decode(fixture(std::string(name) + ".expected.png"))) == 0);
  }
}

TEST_CASE("palette TIFFs and 1-bit bitmaps have the same pixels as in Pillow") {
  CHECK(differences(decode(fixture("palette.tif")), decode(fixture("palette.tif.expected.png"))) == 0);
  for (const char* name : {"mono1.bmp", "mono1.tif", "mono.pbm"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), decode(fixture("mono1.expected.png"))) == 0);
  }
}

TEST_CASE("a one-colour WebP of 28 bytes is read") {
  const Image image = decode(fixture("webp-one-colour-28-bytes.webp"));
  CHECK(image.width == 100);
  CHECK(image.height == 100);
  CHECK(image.rgb == FileBytes(30000, 0));
  CHECK(decode(fixture("webp-one-colour-28-bytes.webp"), kWhite).rgb == FileBytes(30000, 255));
  // Files of libwebp whose pixels Pillow reads like this: width, height, the colour.
  struct Small {
    const char* hex;
    int width, height;
    FileBytes colour, on_white;
  };
  const FileBytes white{255, 255, 255};
  for (const Small& file :
       {Small{"5249464614000000574542505650384c080000002f04800110888808", 5, 7, {0, 0, 0}, white},
        Small{"5249464614000000574542505650384c080000002ffe3f0000888c08", 16383, 1, {1, 0, 0}, {1, 0, 0}},
        Small{"5249464618000000574542505650384c0c0000002f13800110287215ead1ff00",
              20,
              7,
              {10, 200, 30},
              {10, 200, 30}}}) {
    CAPTURE(file.hex);
    FileBytes bytes;
    for (const char* at = file.hex; *at != '\0'; at += 2)
      bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(at, 2), nullptr, 16)));
    const Image small = decode(bytes);
    CHECK(small.width == file.width);
    CHECK(small.height == file.height);
    CHECK(FileBytes(small.rgb.begin(), small.rgb.begin() + 3) == file.colour);
    CHECK(FileBytes(small.rgb.end() - 3, small.rgb.end()) == file.colour);
    const Image above_white = decode(bytes, kWhite);
    CHECK(FileBytes(above_white.rgb.begin(), above_white.rgb.begin() + 3) == file.on_white);
  }
}

TEST_CASE("a lossy WebP is close to the original") {
  CHECK(distance(decode(fixture("lossy.webp")), upright()) < 6);
}

TEST_CASE("16-bit samples are reduced to 8 bits by dropping the low byte") {
  CHECK(differences(decode(fixture("rgb16.png")), upright()) == 0);
  CHECK(differences(decode(fixture("grey16.png")), grey_of(upright())) == 0);
  CHECK(differences(decode(fixture("grey16.tif")), grey_of(upright())) == 0);
  CHECK(pixels("grey16.pgm") == FileBytes{0x12, 0x12, 0x12, 0xfe, 0xfe, 0xfe});
}

TEST_CASE("1-bit, 2-bit and 4-bit samples are scaled to the whole range") {
  CHECK(pixels("grey1.png") == FileBytes{0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0});
  CHECK(pixels("grey2.png") == FileBytes{0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255});
  CHECK(pixels("grey4.png") == FileBytes{0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255});
}

TEST_CASE("a text PNM is read with its comments and its maximum value") {
  CHECK(pixels("ascii.ppm") == FileBytes{255, 0, 0, 0, 255, 0});
  CHECK(pixels("ascii.pgm") == FileBytes{0, 0, 0, 85, 85, 85, 255, 255, 255});
  CHECK(pixels("ascii.pbm") == FileBytes{255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255});
  CHECK(decode(from_text("P6 1 1 15\n\x01\x05\x0f")).rgb == FileBytes{17, 85, 255});
  // 25.5 and 76.5 of 255: rounded half to even, as in Pillow.
  CHECK(decode(from_text("P6 1 1 100\n\x0a\x1e\x64")).rgb == FileBytes{26, 76, 255});
}

TEST_CASE("a run-length encoded BMP is read") {
  CHECK(pixels("rle8.bmp") == FileBytes{0, 0, 0, 255, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0});
}

TEST_CASE("alpha is dropped, and the colours stay unchanged") {
  for (const char* name : {"rgba.png", "alpha.webp", "rgba.tif", "rgba32.bmp"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), upright()) == 0);
  }
  CHECK(differences(decode(fixture("la.png")), grey_of(upright())) == 0);
  CHECK(pixels("palette_trns.png") == FileBytes{255, 0, 0, 0, 0, 255});
  CHECK(pixels("rgb_trns.png") == FileBytes{255, 0, 0, 0, 0, 255});
  CHECK(pixels("grey_trns.png") == FileBytes{0x40, 0x40, 0x40, 0x80, 0x80, 0x80});
}

TEST_CASE("alpha is blended with the background if one is given") {
  CHECK(pixels("palette_trns.png", kWhite) == FileBytes{255, 255, 255, 0, 0, 255});
  CHECK(pixels("rgb_trns.png", kWhite) == FileBytes{255, 255, 255, 0, 0, 255});
  CHECK(pixels("grey_trns.png", Rgb{1, 2, 3}) == FileBytes{1, 2, 3, 0x80, 0x80, 0x80});
  const Image plain = upright();
  const Image png = decode(fixture("rgba.png"), Rgb{10, 200, 90});
  // The alpha of the first row is 4 of 255, and that of the last row 251 (see the script that makes the
  // fixtures).
  const auto blend = [](int fore, int back, int alpha) {
    return static_cast<int>(std::lround((fore * alpha + back * (255 - alpha)) / 255.0));
  };
  CHECK(png.rgb[0] == blend(plain.rgb[0], 10, 4));
  CHECK(png.rgb[1] == blend(plain.rgb[1], 200, 4));
  CHECK(png.rgb.back() == blend(plain.rgb.back(), 90, 251));
  CHECK(differences(decode(fixture("alpha.webp"), Rgb{10, 200, 90}), png) == 0);
  CHECK(differences(decode(fixture("rgba.tif"), Rgb{10, 200, 90}), png) == 0);
}

TEST_CASE("a background changes no pixels of an image without alpha") {
  for (const char* name :
       {"upright.png", "orientation1.jpg", "rgb24.bmp", "lossless.webp", "raw.tif", "rgb.ppm"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name), kWhite), decode(fixture(name))) == 0);
  }
}

TEST_CASE("all eight EXIF orientations of a JPEG show the same picture") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    CHECK(distance(decode(fixture("orientation" + std::to_string(orientation) + ".jpg")), upright()) < 4);
  }
}

TEST_CASE("all eight orientations of a TIFF are applied exactly once") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    CHECK(differences(decode(fixture("orientation" + std::to_string(orientation) + ".tif")), upright()) == 0);
  }
}

TEST_CASE("the orientation is read in WebP and in PNG, even after the image data") {
  for (const char* name : {"orientation3.png", "orientation6.png", "orientation8_after.png",
                           "orientation5.webp", "orientation6.webp"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), upright()) == 0);
  }
}

TEST_CASE("an orientation of 0 or 9 and an invalid EXIF block are ignored") {
  const Image plain = decode(fixture("orientation1.jpg"));
  for (const char* name : {"orientation0.jpg", "orientation9.jpg", "orientation_broken.jpg"}) {
    CAPTURE(std::string(name));
    CHECK(differences(decode(fixture(name)), plain) == 0);
  }
}

TEST_CASE("an image of one pixel and an image with an invalid colour profile are read") {
  CHECK(pixels("1x1.png") == FileBytes{10, 20, 30});
  CHECK(pixels("bad_profile.png") == FileBytes{10, 20, 30});
}

TEST_CASE("only the first page of a TIFF is read") { CHECK(decode(fixture("multipage.tif")).width == 12); }
