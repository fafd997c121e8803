// The ten crops of one image: their positions and their source image.
#include <doctest/doctest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "alexnet/image.hpp"
#include "image/resize.hpp"
#include "image_files.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

const std::filesystem::path kTenCropGolden = kRoot / "tests" / "golden" / "ten_crop";

// Returns an image of distinct pixels, if there are fewer than 2^16.
Image distinct_pixels(int width, int height) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i)
    for (const int value : {i % 256, i / 256, i * 37 % 251})
      image.rgb.push_back(static_cast<std::uint8_t>(value));
  return image;
}

// The definition of crop `index`, copied from the resized image pixel by pixel.
Image plain_crop(const Image& whole, Size2 size, int index) {
  const int right = whole.width - size.w;
  const int bottom = whole.height - size.h;
  const int lefts[] = {0, right, 0, right, static_cast<int>(std::nearbyint(right / 2.0))};
  const int tops[] = {0, 0, bottom, bottom, static_cast<int>(std::nearbyint(bottom / 2.0))};
  Image crop{size.w, size.h, {}};
  for (int y = 0; y < size.h; ++y) {
    for (int x = 0; x < size.w; ++x) {
      const int from_left = lefts[index % 5] + x;
      const int column = index < 5 ? from_left : whole.width - 1 - from_left;
      const int pixel = (tops[index % 5] + y) * whole.width + column;
      for (std::size_t c = 0; c < 3; ++c)
        crop.rgb.push_back(whole.rgb[static_cast<std::size_t>(pixel) * 3 + c]);
    }
  }
  return crop;
}

void check_crops(const std::vector<Image>& crops, const Image& whole, Size2 size) {
  REQUIRE(crops.size() == 10);
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    CHECK(differences(crops[static_cast<std::size_t>(i)], plain_crop(whole, size, i)) == 0);
  }
}

Preprocess to(ResizeRule rule, Size2 resize, Size2 size, Filter filter = Filter::pillow_bilinear) {
  Preprocess how;
  how.rule = rule;
  how.resize = resize;
  how.size = size;
  how.filter = filter;
  return how;
}

std::string ten_crops_error(const Image& image, const Preprocess& how) {
  return refusal_by([&] { resize_and_ten_crops(image, how); });
}

}  // namespace

TEST_CASE("ten crops match torchvision's TenCrop bit for bit") {
  std::ifstream index(kTenCropGolden / "index.txt");
  std::string line;
  int cases = 0;
  while (std::getline(index, line)) {
    CAPTURE(line);
    std::istringstream fields(line);
    std::string source, result;
    Size2 resize, size;
    fields >> source >> resize.h >> resize.w >> size.h >> size.w >> result;
    REQUIRE(fields);
    const Image image =
        load(std::filesystem::exists(kTenCropGolden / source) ? kTenCropGolden / source : kPhotos / source);
    const ResizeRule rule = resize.w == 0 ? ResizeRule::shorter_side : ResizeRule::squash;
    if (resize.w == 0) resize.w = resize.h;
    Image stack{size.w, 0, {}};
    for (const Image& crop : resize_and_ten_crops(image, to(rule, resize, size))) {
      stack.height += crop.height;
      stack.rgb.insert(stack.rgb.end(), crop.rgb.begin(), crop.rgb.end());
    }
    CHECK(differences(stack, load(kTenCropGolden / result)) == 0);
    ++cases;
  }
  CHECK(cases > 10);
}

TEST_CASE("ten crops are taken at the corners and the centre of the image and of its mirror image") {
  // Nothing is resized; the margins are odd, even and none.
  const Image image = distinct_pixels(41, 29);
  for (const Size2 size : {Size2{8, 8}, {9, 8}, {8, 9}, {29, 12}, {13, 41}, {1, 1}}) {
    CAPTURE(size.h);
    CAPTURE(size.w);
    check_crops(resize_and_ten_crops(image, to(ResizeRule::squash, {29, 41}, size)), image, size);
  }
}

TEST_CASE("the centre of ten crops equals the single crop") {
  const Image image = distinct_pixels(97, 61);
  for (const Filter filter : {Filter::pillow_bilinear, Filter::opencv_bilinear}) {
    for (const Preprocess& how : {to(ResizeRule::shorter_side, {30, 30}, {23, 23}, filter),
                                  to(ResizeRule::squash, {40, 31}, {33, 28}, filter)})
      CHECK(differences(resize_and_ten_crops(image, how).at(4), resize_and_crop(image, how)) == 0);
  }
}

TEST_CASE("ten crops lie along the longer side if the shorter side has no margin") {
  const Image image = distinct_pixels(97, 61);  // 12 x 19
  const auto crops = resize_and_ten_crops(image, to(ResizeRule::shorter_side, {12, 12}, {12, 12}));
  check_crops(crops, resize_pillow(image, 19, 12, {0, 0, 19, 12}), {12, 12});
  CHECK(differences(crops[0], crops[2]) == 0);
  CHECK(differences(crops[0], crops[1]) > 0);
}

TEST_CASE("ten crops of an image squashed to the input size are taken at 256/227 of that size") {
  const Image image = distinct_pixels(97, 61);
  struct Case {
    Size2 size, squashed;
  };
  for (const Case& c : {Case{{227, 227}, {256, 256}}, {{224, 64}, {253, 72}}, {{3, 4}, {3, 5}}}) {
    CAPTURE(c.size.h);
    check_crops(resize_and_ten_crops(image, to(ResizeRule::squash, c.size, c.size)),
                resize_pillow(image, c.squashed.w, c.squashed.h, {0, 0, c.squashed.w, c.squashed.h}), c.size);
  }
  // A `resize` that leaves a margin along one axis is used unchanged.
  check_crops(resize_and_ten_crops(image, to(ResizeRule::squash, {20, 24}, {20, 20})),
              resize_pillow(image, 24, 20, {0, 0, 24, 20}), {20, 20});
}

TEST_CASE("ten crops with the OpenCV filter are taken from the output of cv::resize") {
  Image image = load(kPhotos / "coffee.jpg");
  Image whole{256, 256, std::vector<std::uint8_t>(std::size_t{256} * 256 * 3)};
  cv::Mat resized(256, 256, CV_8UC3, whole.rgb.data());
  cv::resize(cv::Mat(image.height, image.width, CV_8UC3, image.rgb.data()), resized, {256, 256}, 0, 0,
             cv::INTER_LINEAR);
  check_crops(
      resize_and_ten_crops(image, to(ResizeRule::squash, {227, 227}, {227, 227}, Filter::opencv_bilinear)),
      whole, {227, 227});
}

TEST_CASE("ten crops with invalid sizes or of too large an image are refused") {
  const Image image = distinct_pixels(8, 8);
  const auto shorter_side = [](int side, int size) {
    return to(ResizeRule::shorter_side, {side, side}, {size, size});
  };
  CHECK(contains(ten_crops_error(Image{}, shorter_side(4, 4)), "preprocess: the image has no pixels"));
  CHECK(contains(ten_crops_error(image, shorter_side(0, 0)), "preprocess: it cannot be resized"));
  CHECK(contains(ten_crops_error(image, to(ResizeRule::squash, {-1, 4}, {-1, 4})), "it cannot be resized"));
  CHECK(contains(ten_crops_error(image, shorter_side(4, 5)), "smaller than the crop of 5 x 5"));
  // A single crop of this image needs no more memory than the crop, but ten crops need the whole resized
  // image.
  const Image line{1, 65535, std::vector<std::uint8_t>(std::size_t{65535} * 3)};
  CHECK(ten_crops_error(line, shorter_side(256, 224)) ==
        "preprocess: 1 x 65535 would become 256 x 16776960, which is too large");
}
