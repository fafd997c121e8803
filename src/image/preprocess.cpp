#include "image/preprocess.hpp"

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>

#include "core/error.hpp"
#include "image/resize.hpp"

namespace alexnet::image {
namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

[[noreturn]] void refuse(const std::string& reason) { throw ImageError("preprocess", reason); }

std::string text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

// The size of the whole resized image, wide enough for any answer.
struct WideSize {
  std::int64_t w, h;
};

WideSize resized_size(const Image& image, const Preprocess& how) {
  if (how.rule == ResizeRule::squash) return {how.resize.w, how.resize.h};
  // torchvision's int(size * long / short) is exact here: a double cannot round such a quotient up to an
  // integer.
  const std::int64_t shorter = std::min(image.width, image.height);
  const std::int64_t longer = std::max(image.width, image.height);
  const std::int64_t grown = how.resize.h * longer / shorter;
  return image.width <= image.height ? WideSize{how.resize.h, grown} : WideSize{grown, how.resize.h};
}

// (side - size) / 2, halves to the even neighbour, as Python's round().
std::int64_t centre_offset(std::int64_t side, std::int64_t size) {
  const std::int64_t twice = side - size;
  const std::int64_t half = twice / 2;
  return twice % 2 == 1 && half % 2 == 1 ? half + 1 : half;
}

Image resize_opencv(const Image& image, int width, int height, const Region& region) {
  // cv::Mat has no const form; the image is only read.
  const cv::Mat from(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data()));
  Image out{region.width, region.height,
            std::vector<std::uint8_t>(static_cast<std::size_t>(region.width) *
                                      static_cast<std::size_t>(region.height) * 3)};
  cv::Mat to(region.height, region.width, CV_8UC3, out.rgb.data());
  cv::Mat whole;
  try {
    cv::resize(from, whole, cv::Size(width, height), 0, 0, cv::INTER_LINEAR);
  } catch (const cv::Exception& error) {
    refuse("OpenCV cannot resize it: " + error.err);
  }
  whole(cv::Rect(region.x, region.y, region.width, region.height)).copyTo(to);
  return out;
}

}  // namespace

Image resize_and_crop(const Image& image, const Preprocess& how) {
  if (image.width <= 0 || image.height <= 0) refuse("the image has no pixels");
  if (how.size.w <= 0 || how.size.h <= 0 || how.resize.w <= 0 || how.resize.h <= 0) {
    refuse("it cannot be resized to " + text(how.resize.w, how.resize.h) + " and cropped to " +
           text(how.size.w, how.size.h));
  }
  const WideSize resized = resized_size(image, how);
  const std::string becomes = text(image.width, image.height) + " would become " + text(resized.w, resized.h);
  if (how.size.w > resized.w || how.size.h > resized.h) {
    refuse(becomes + ", which is smaller than the crop of " + text(how.size.w, how.size.h));
  }
  // What has to be held: OpenCV resizes the whole image, our own filter makes no more than the crop, and the
  // crop's columns of the image's rows on the way there. So a very long image is no trouble for the latter.
  const std::int64_t held = how.filter == Filter::opencv_bilinear
                                ? resized.w * resized.h
                                : std::int64_t{how.size.w} * std::max(how.size.h, image.height);
  if (std::max(resized.w, resized.h) > std::numeric_limits<int>::max() || held > kMaxPixels) {
    refuse(becomes + ", which is too large");
  }
  const Region region{static_cast<int>(centre_offset(resized.w, how.size.w)),
                      static_cast<int>(centre_offset(resized.h, how.size.h)), how.size.w, how.size.h};
  const auto resize = how.filter == Filter::opencv_bilinear ? resize_opencv : resize_pillow;
  return resize(image, static_cast<int>(resized.w), static_cast<int>(resized.h), region);
}

// out[c][y][x] = (pixel * scale - mean[c]) / std[c], in double and then rounded to float; a byte has 256
// values, so they are all computed beforehand.
void normalise(const Image& cropped, const Preprocess& how, float* out) {
  const std::size_t plane = cropped.rgb.size() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<float, 256> value{};
    for (std::size_t pixel = 0; pixel < value.size(); ++pixel) {
      value[pixel] = static_cast<float>((static_cast<double>(pixel) * how.scale - how.mean[c]) / how.std[c]);
    }
    const std::uint8_t* from = cropped.rgb.data() + (how.order == ChannelOrder::rgb ? c : 2 - c);
    for (std::size_t i = 0; i < plane; ++i) *out++ = value[from[3 * i]];
  }
}

}  // namespace alexnet::image
