#include "alexnet/image.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "image/resize.hpp"
#include "image_files.hpp"

using namespace alexnet;
using namespace alexnet::image;

namespace {

const std::filesystem::path kResizeGolden = kRoot / "tests" / "golden" / "pillow_resize";

Image varied_pixels(int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height) * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return image;
}

Preprocess shorter_side(int side, int crop) {
  Preprocess how;
  how.rule = ResizeRule::shorter_side;
  how.resize = {side, side};
  how.size = {crop, crop};
  return how;
}

Preprocess squash(Size2 resize, Size2 size, Filter filter) {
  Preprocess how;
  how.resize = resize;
  how.size = size;
  how.filter = filter;
  return how;
}

std::string resize_error(const Image& image, const Preprocess& how) {
  return refusal_by([&] { resize_and_crop(image, how); });
}

}  // namespace

TEST_CASE("resizing and cropping match Pillow bit for bit") {
  std::ifstream index(kResizeGolden / "index.txt");
  std::string line;
  int cases = 0;
  while (std::getline(index, line)) {
    CAPTURE(line);
    std::istringstream fields(line);
    std::string source, result;
    int width = 0, height = 0;
    Region region;
    fields >> source >> width >> height >> region.x >> region.y >> region.width >> region.height >> result;
    REQUIRE(fields);
    const Image image =
        load(std::filesystem::exists(kResizeGolden / source) ? kResizeGolden / source : kPhotos / source);
    const Image expected = load(kResizeGolden / result);
    // A width of 0 means torchvision's rule.
    const Image got = width == 0 ? resize_and_crop(image, shorter_side(height, region.width))
                                 : resize_pillow(image, width, height, region);
    CHECK(differences(got, expected) == 0);
    ++cases;
  }
  CHECK(cases > 40);
}

TEST_CASE("resizing a region gives the same pixels as resizing the whole image") {
  const Image image = varied_pixels(31, 17);
  const Image whole = resize_pillow(image, 13, 29, {0, 0, 13, 29});
  const Image region = resize_pillow(image, 13, 29, {4, 11, 6, 7});
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 18; ++x) {
      CHECK(region.rgb[static_cast<std::size_t>(y * 18 + x)] ==
            whole.rgb[static_cast<std::size_t>((y + 11) * 39 + 12 + x)]);
    }
  }
}

TEST_CASE("tiny-alexnet's input for the sample photos has the same sums as in PyTorch") {
  struct Expected {
    const char* photo;
    long sum;
  };
  // models/tiny-alexnet/golden.json, input_rgb_sum
  for (const Expected& expected : {Expected{"cat.png", 1380263},
                                   {"cat.jpg", 1380467},
                                   {"coffee.jpg", 1137504},
                                   {"rocket.jpg", 877598}}) {
    CAPTURE(std::string(expected.photo));
    const Image input = resize_and_crop(load(kPhotos / expected.photo), shorter_side(64, 64));
    CHECK(std::accumulate(input.rgb.begin(), input.rgb.end(), 0L) == expected.sum);
  }
}

TEST_CASE("the offset of the crop is rounded half to even") {
  // Nothing is resized, so the first pixel of the crop shows the offset: (side - size) / 2 is 0.5, 1.5, 2.5
  // and 3.5.
  for (const auto& [over, offset] : {std::pair{1, 0}, {3, 2}, {5, 2}, {7, 4}}) {
    CAPTURE(over);
    const Image image = varied_pixels(9 + over, 9);
    const Image crop = resize_and_crop(image, squash({9, 9 + over}, {9, 9}, Filter::pillow_bilinear));
    CHECK(crop.rgb[0] == image.rgb[static_cast<std::size_t>(offset) * 3]);
  }
}

TEST_CASE("the size of the longer side is truncated") {
  // 5 * 8 / 7 = 5.7 is truncated to 5 columns, so a crop of 5 x 5 has no offset and equals Pillow's whole 5 x
  // 5 image.
  const Image image = varied_pixels(8, 7);
  const Image expected = resize_pillow(image, 5, 5, {0, 0, 5, 5});
  CHECK(differences(resize_and_crop(image, shorter_side(5, 5)), expected) == 0);
}

TEST_CASE("the rows of a tall image are truncated and cropped") {
  const Image image = varied_pixels(7, 16);  // resized to 5 x 11; 3 rows are above the crop
  const Image expected = resize_pillow(image, 5, 11, {0, 3, 5, 5});
  CHECK(differences(resize_and_crop(image, shorter_side(5, 5)), expected) == 0);
}

TEST_CASE("squashing ignores the aspect ratio") {
  const Image image = varied_pixels(31, 17);
  CHECK(differences(resize_and_crop(image, squash({8, 9}, {8, 9}, Filter::pillow_bilinear)),
                    resize_pillow(image, 9, 8, {0, 0, 9, 8})) == 0);
}

TEST_CASE("the OpenCV filter equals cv::resize followed by a crop") {
  Image image = load(kPhotos / "coffee.jpg");
  cv::Mat whole;
  cv::resize(cv::Mat(image.height, image.width, CV_8UC3, image.rgb.data()), whole, {256, 256}, 0, 0,
             cv::INTER_LINEAR);
  const Image got = resize_and_crop(image, squash({256, 256}, {227, 227}, Filter::opencv_bilinear));
  REQUIRE(got.rgb.size() == 227 * 227 * 3);
  std::size_t different = 0;
  for (int y = 0; y < 227; ++y) {
    for (int i = 0; i < 227 * 3; ++i) {
      // (256 - 227) / 2 = 14.5 -> 14
      different +=
          got.rgb[static_cast<std::size_t>(y * 227 * 3 + i)] != whole.ptr(y + 14)[14 * 3 + i] ? 1 : 0;
    }
  }
  CHECK(different == 0);
}

TEST_CASE("an image of one pixel can be resized") {
  const Image image{1, 1, {10, 20, 30}};
  const Image got = resize_and_crop(image, shorter_side(4, 3));
  REQUIRE(got.rgb.size() == 27);
  CHECK(got.rgb[24] == 10);
  CHECK(got.rgb[26] == 30);
}

TEST_CASE("a very long image needs memory only for its crop") {
  // The whole resized image would have 256 x 16,776,960 pixels.
  const Image image{1, 65535, std::vector<std::uint8_t>(65535 * 3, 77)};
  const Image got = resize_and_crop(image, shorter_side(256, 224));
  CHECK(got.rgb == std::vector<std::uint8_t>(224 * 224 * 3, 77));
}

TEST_CASE("a resized image that OpenCV would hold as a whole has a maximum size") {
  const Image image{1, 65535, std::vector<std::uint8_t>(65535 * 3)};
  Preprocess how = shorter_side(256, 224);
  how.filter = Filter::opencv_bilinear;
  CHECK(resize_error(image, how) == "preprocess: 1 x 65535 would become 256 x 16776960, which is too large");
  CHECK(contains(resize_error(image, shorter_side(65535, 8)), "which is too large"));
  CHECK(contains(resize_error(image, shorter_side(20000, 20000)), "which is too large"));
}

TEST_CASE("invalid sizes are refused") {
  const Image image = varied_pixels(8, 8);
  CHECK(contains(resize_error(Image{}, shorter_side(4, 4)), "preprocess: the image has no pixels"));
  CHECK(contains(resize_error(image, shorter_side(0, 0)), "preprocess: it cannot be resized"));
  CHECK(contains(resize_error(image, shorter_side(4, 5)), "smaller than the crop of 5 x 5"));
}

TEST_CASE("values are (pixel * scale - mean) / std, one channel after the other") {
  const Image image{2, 1, {0, 128, 255, 10, 20, 30}};
  Preprocess how;
  how.scale = 1.0 / 255;
  how.mean = {0.485, 0.456, 0.406};
  how.std = {0.229, 0.224, 0.225};
  const auto value = [&](int pixel, std::size_t channel) {
    return (static_cast<float>(pixel) / 255.0F - static_cast<float>(how.mean[channel])) /
           static_cast<float>(how.std[channel]);
  };
  std::vector<float> out(6);
  normalise(image, how, out.data());
  CHECK(out == std::vector<float>{value(0, 0), value(10, 0), value(128, 1), value(20, 1), value(255, 2),
                                  value(30, 2)});
  how.order = ChannelOrder::bgr;
  normalise(image, how, out.data());
  CHECK(out == std::vector<float>{value(255, 0), value(30, 0), value(128, 1), value(20, 1), value(0, 2),
                                  value(10, 2)});
}

TEST_CASE("each byte value becomes the same number as in PyTorch") {
  // float(torch.arange(256).float().div(255).sub(0.485).div(0.229)[i]) in PyTorch 1.13. Computing in double
  // and rounding at the end gives other results for 133 of the 256 values.
  Image image{256, 1, {}};
  for (int i = 0; i < 256; ++i) image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(i));
  Preprocess how;
  how.scale = 1.0 / 255;
  how.mean = {0.485, 0.485, 0.485};
  how.std = {0.229, 0.229, 0.229};
  std::vector<float> out(std::size_t{256} * 3);
  normalise(image, how, out.data());
  CHECK(out[1] == -0x1.0ce656p+1F);
  CHECK(out[77] == -0x1.993d92p-1F);
  CHECK(out[254] == 0x1.1dab14p+1F);
  CHECK(std::accumulate(out.begin(), out.begin() + 256, 0.0) == 16.768551339395344);
}
