#include <doctest/doctest.h>

#include <cstdlib>

#include "byte_edits.hpp"

using namespace alexnet;
using namespace alexnet::image;
using namespace std::string_literals;

namespace {

// Returns the average absolute difference of the bytes; 255 if the sizes differ. The encoders are lossy.
double difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 255;
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

constexpr double kLossy = 6;

}  // namespace

TEST_CASE("HEIC and AVIF files have the pixels of the picture") {
  for (const char* name : {"upright.heic", "upright.avif"}) {
    CAPTURE(std::string(name));
    CHECK(difference(decode(fixture(name)), upright()) < kLossy);
  }
}

TEST_CASE("HEIC and AVIF are turned once, as the file's own transformations say, whatever EXIF says") {
  for (const char* name : {"orientation2.heic", "orientation3.heic", "orientation5.heic", "orientation6.heic",
                           "orientation8.heic", "orientation6.avif", "orientation6_exif.heic"}) {
    CAPTURE(std::string(name));
    CHECK(difference(decode(fixture(name)), upright()) < kLossy);
  }
  const FileBytes file = fixture("orientation6_exif.heic");
  const std::size_t exif = position(file, "MM\0*"s);
  REQUIRE(exif < file.size());
  CHECK(file[exif + 19] == 6);  // the orientation's value
}

TEST_CASE("the format of a HEIC or AVIF is found by its brands") {
  const FileBytes heic = fixture("upright.heic");
  const FileBytes avif = fixture("upright.avif");
  for (const char* brand : {"heix", "hevc", "mif1", "msf1"})
    CHECK(difference(decode(patched(heic, 8, from_text(brand))), upright()) < kLossy);
  CHECK(difference(decode(patched(avif, 8, from_text("mif1"))), upright()) < kLossy);
  CHECK(refusal(cut(patched(avif, 8, from_text("mif1")), 100)).starts_with("decode: AVIF: "));
  CHECK(refusal(cut(patched(heic, 8, from_text("mif1")), 100)).starts_with("decode: HEIC: "));
  CHECK(refusal(patched(heic, 8, from_text("isom"))) ==
        "decode: MP4 images are not supported; convert it to PNG or JPEG");
}

TEST_CASE("the alpha of a HEIC is blended or dropped") {
  const FileBytes file = fixture("alpha.heic");
  CHECK(difference(decode(file), upright()) < kLossy);
  Image blended = upright();
  for (int y = 0; y < blended.height; ++y)
    for (int x = 0; x < blended.width; ++x)
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = blended.rgb[static_cast<std::size_t>((y * blended.width + x) * 3 + c)];
        const int alpha = (y * 256 + 128) / blended.height;  // a linear gradient
        value = static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha)) / 255);
      }
  CHECK(difference(decode(file, kWhite), blended) < kLossy);
}

TEST_CASE("thumbnails and depth maps of a HEIC are ignored") {
  CHECK(difference(decode(fixture("thumbnail.heic")), upright()) < kLossy);
  // The second auxiliary type of HEVC is a depth map, the first one alpha.
  const FileBytes alpha = fixture("alpha.heic");
  const std::string type = "urn:mpeg:hevc:2015:auxid:";
  const FileBytes depth = patched(alpha, position(alpha, type) + type.size(), {'2'});
  CHECK(difference(decode(depth), upright()) < kLossy);
  CHECK(difference(decode(depth, kWhite), upright()) < kLossy);
}

TEST_CASE("a truncated or corrupt HEIC or AVIF is refused") {
  for (const char* name : {"upright.heic", "upright.avif"}) {
    CAPTURE(std::string(name));
    const FileBytes file = fixture(name);
    for (const std::size_t size :
         {file.size() - 1, file.size() - 100, file.size() / 2, std::size_t{40}, std::size_t{12}}) {
      CAPTURE(size);
      CHECK(refusal(cut(file, size)).starts_with("decode: "));
    }
  }
  CHECK(refusal(from_text("\0\0\0\x18"s + "ftypheic")).starts_with("decode: HEIC: truncated or corrupt: "));
}

TEST_CASE("a HEIC of a huge size is refused before it is decoded") {
  for (const char* name : {"upright.heic", "upright.avif"}) {
    CAPTURE(std::string(name));
    FileBytes file = fixture(name);
    // Every ispe has the size of an image.
    for (std::size_t at = position(file, "ispe"); at < file.size();) {
      file = patched(patched(file, at + 8, big_endian(60000)), at + 12, big_endian(60000));
      const auto next =
          std::search(file.begin() + static_cast<std::ptrdiff_t>(at) + 4, file.end(), "ispe", "ispe" + 4);
      at = static_cast<std::size_t>(next - file.begin());
    }
    CHECK(refusal(file).find(": too large: ") != std::string::npos);
  }
}

TEST_CASE("a HEIC whose grid of tiles is larger than the image is refused") {
  const FileBytes file = fixture("upright.heic");
  // Version, flags, rows - 1, columns - 1, width and height of the grid.
  const std::size_t grid = position(file, "idat") + 4;
  REQUIRE(file[grid + 5] == 48);
  CHECK(refusal(patched(file, grid + 4, {0x3e, 0x80, 0x3e, 0x80})).starts_with("decode: HEIC: too large: "));
}
