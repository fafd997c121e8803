// JPEGs decoded at a reduced scale.
#include <doctest/doctest.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "alexnet/image.hpp"
#include "image/byte_edits.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

const std::vector<std::string> kJpegs{"cat.jpg", "coffee.jpg", "rocket.jpg"};

int denominator_of(const Image& image) { return image.reduction ? image.reduction->denominator : 1; }

int part(int side, int denominator) { return (side + denominator - 1) / denominator; }

Image decode_at(const FileBytes& bytes, int denominator) {
  const Image whole = decode(bytes);
  const Image image =
      decode(bytes, std::nullopt, Size2{part(whole.height, denominator), part(whole.width, denominator)});
  REQUIRE(denominator_of(image) == denominator);
  return image;
}

// Returns "stage: reason" for each scale, or "" if the image can be read.
std::vector<std::string> refusals_at_all_scales(const FileBytes& bytes, Size2 size) {
  std::vector<std::string> all;
  for (const int n : {2, 4, 8}) {
    all.push_back(refusal_by([&] { decode(bytes, std::nullopt, Size2{part(size.h, n), part(size.w, n)}); }));
  }
  return all;
}

// Returns the JPEG with an EXIF block (TIFF 6.0: one entry, tag 274) inserted after its first marker.
FileBytes turned(const FileBytes& jpeg, std::uint8_t orientation) {
  const FileBytes exif{0xff, 0xe1, 0,  34, 'E', 'x', 'i', 'f', 0, 0, 'I',         'I', 42, 0, 8, 0, 0, 0,
                       1,    0,    18, 1,  3,   0,   1,   0,   0, 0, orientation, 0,   0,  0, 0, 0, 0, 0};
  return joined(joined({jpeg.begin(), jpeg.begin() + 2}, exif), {jpeg.begin() + 2, jpeg.end()});
}

}  // namespace

TEST_CASE("a JPEG decoded at a scale has the same pixels as with cv::imread") {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : kJpegs) files.push_back(kPhotos / name);
  for (const char* name : {"progressive", "grey", "orientation3", "orientation6", "orientation7"}) {
    files.push_back(kFixtures / (std::string(name) + ".jpg"));
  }
  for (const std::filesystem::path& file : files) {
    CAPTURE(file.string());
    for (const auto& [denominator, flags] : {std::pair{2, cv::IMREAD_REDUCED_COLOR_2},
                                             {4, cv::IMREAD_REDUCED_COLOR_4},
                                             {8, cv::IMREAD_REDUCED_COLOR_8}}) {
      CAPTURE(denominator);
      const Image image = decode_at(bytes_of(file), denominator);
      const cv::Mat bgr = cv::imread(file.string(), flags);
      REQUIRE(image.width == bgr.cols);
      REQUIRE(image.height == bgr.rows);
      std::size_t different = 0;
      for (std::size_t i = 0; i < image.rgb.size(); ++i)
        different += image.rgb[i] != bgr.data[i / 3 * 3 + 2 - i % 3];
      CHECK(different == 0);
    }
  }
}

TEST_CASE("the minimum sufficient scale is chosen exactly") {
  const auto scale = [](const char* name, Size2 min_size) {
    return denominator_of(load(kPhotos / name, std::nullopt, min_size));
  };
  // 600 x 400
  for (const auto& [min_size, denominator] : {std::pair{Size2{400, 600}, 1},
                                              {Size2{201, 1}, 1},
                                              {Size2{200, 1}, 2},
                                              {Size2{1, 301}, 1},
                                              {Size2{1, 300}, 2},
                                              {Size2{101, 101}, 2},
                                              {Size2{100, 100}, 4},
                                              {Size2{51, 51}, 4},
                                              {Size2{50, 50}, 8},
                                              {Size2{1, 1}, 8}}) {
    CAPTURE(min_size.h);
    CAPTURE(min_size.w);
    CHECK(scale("coffee.jpg", min_size) == denominator);
  }
  // 451 x 300: sides are rounded up.
  CHECK(scale("cat.jpg", {1, 226}) == 2);
  CHECK(scale("cat.jpg", {1, 227}) == 1);
  CHECK(scale("cat.png", {1, 1}) == 1);
  CHECK(denominator_of(load(kPhotos / "coffee.jpg")) == 1);
}

TEST_CASE("twice the resized size is a sufficient decode size") {
  Preprocess how;
  how.rule = ResizeRule::shorter_side;
  how.resize = {100, 100};
  how.size = {90, 90};
  const auto scale = [&](int crops) {
    return denominator_of(load(kPhotos / "coffee.jpg", std::nullopt, min_decode_size(how, crops)));
  };
  CHECK(min_decode_size(how) == Size2{200, 200});
  CHECK(scale(1) == 2);
  CHECK(scale(10) == 2);
  how.resize = {101, 101};
  CHECK(scale(1) == 1);

  how.rule = ResizeRule::squash;
  how.resize = {100, 90};
  CHECK(min_decode_size(how) == Size2{200, 180});
  CHECK(min_decode_size(how, 10) == Size2{200, 180});
  how.resize = how.size = {200, 227};
  CHECK(min_decode_size(how) == Size2{400, 454});
  CHECK(min_decode_size(how, 10) == Size2{452, 512});  // ten crops are taken at 256/227 of the size
  how.resize.h = 2'000'000'000;
  CHECK(min_decode_size(how)->h > 2'000'000'000);
  how.filter = Filter::opencv_bilinear;
  CHECK(!min_decode_size(how));
}

TEST_CASE("a rotated photo at a reduced scale reports its upright full size") {
  const FileBytes cat = bytes_of(kPhotos / "cat.jpg");  // 451 x 300
  const Image plain = decode(cat, std::nullopt, Size2{150, 200});
  REQUIRE(plain.reduction);
  CHECK(plain.reduction->photo == Size2{300, 451});
  const Image image = decode(turned(cat, 6), std::nullopt, Size2{226, 150});
  REQUIRE(image.reduction);
  CHECK(image.reduction->photo == Size2{451, 300});
  CHECK(image.height == 226);
  CHECK(!decode(turned(cat, 6), std::nullopt, Size2{150, 226}).reduction);
}

TEST_CASE("a photo decoded at a scale is resized to the same picture in every orientation") {
  // At 1/8 of 451 x 300 the photo fills 56.375 x 37.5 of 57 x 38 pixels. The unfilled part may be on any
  // side.
  const FileBytes cat = bytes_of(kPhotos / "cat.jpg");
  Preprocess how;
  how.resize = how.size = {18, 18};
  const Image plain = resize_and_crop(decode(cat, std::nullopt, min_decode_size(how)), how);
  for (std::uint8_t orientation = 2; orientation <= 8; ++orientation) {
    CAPTURE(int{orientation});
    const Image reduced = decode(turned(cat, orientation), std::nullopt, min_decode_size(how));
    REQUIRE(denominator_of(reduced) == 8);
    const Image image = resize_and_crop(reduced, how);
    int worst = 0;
    for (int row = 0; row < 18; ++row) {
      for (int column = 0; column < 18; ++column) {
        // EXIF 2.3, tag 274: position at which the stored row and column are shown.
        int y = row, x = column;
        if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) x = 17 - x;
        if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) y = 17 - y;
        if (orientation >= 5) std::swap(x, y);
        for (int c = 0; c < 3; ++c) {
          const auto at = [c](int r, int k) { return static_cast<std::size_t>((r * 18 + k) * 3 + c); };
          worst = std::max(worst, std::abs(plain.rgb[at(row, column)] - image.rgb[at(y, x)]));
        }
      }
    }
    CHECK(worst <= 1);  // Pillow rounds between its two passes
  }
}

TEST_CASE("a photo decoded at a scale is resized to nearly the same pixels") {
  Preprocess how;
  how.rule = ResizeRule::shorter_side;
  how.resize = {64, 64};
  how.size = {64, 64};
  for (const std::string& name : kJpegs) {
    CAPTURE(name);
    const Image exact = resize_and_crop(load(kPhotos / name), how);
    const Image image = resize_and_crop(load(kPhotos / name, std::nullopt, min_decode_size(how)), how);
    REQUIRE(image.rgb.size() == exact.rgb.size());
    double sum = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) sum += std::abs(image.rgb[i] - exact.rgb[i]);
    CHECK(sum / static_cast<double>(image.rgb.size()) < 0.5);
  }
}

TEST_CASE("a JPEG decoded at a scale is refused for the same reason as at full size") {
  for (const char* name : {"orientation1.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"}) {
    CAPTURE(std::string(name));
    const FileBytes whole = fixture(name);
    const auto check = [&](const FileBytes& bytes) {
      CHECK(refusals_at_all_scales(bytes, {32, 48}) == std::vector<std::string>(3, refusal(bytes)));
    };
    for (std::size_t size = 4; size < whole.size(); size += 7) check(cut(whole, size));
    check(cut(whole, whole.size() - 2));
    check(joined(cut(whole, whole.size() - 300), {0xff, 0xd9}));
    for (std::size_t at = 2; at < whole.size(); at += 3) {
      check(patched(whole, at, {static_cast<std::uint8_t>(whole[at] ^ (1U << at % 8))}));
    }
  }
}
