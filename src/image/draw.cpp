#include "image/draw.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace alexnet::image {
namespace {

// OpenCV writes into our memory: if allocation fails, std::bad_alloc is thrown and not an OpenCV exception.
cv::Mat view(Image& image) { return {image.height, image.width, CV_8UC3, image.rgb.data()}; }
// cv::Mat has no const form. These images are only read.
cv::Mat view(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data())};
}

std::size_t count(Size2 size) { return static_cast<std::size_t>(size.h) * static_cast<std::size_t>(size.w); }

std::array<Rgb, 256> inferno() {
  std::array<Rgb, 256> colours{};
  cv::Mat levels(1, static_cast<int>(colours.size()), CV_8UC1);
  for (int i = 0; i < levels.cols; ++i) levels.at<std::uint8_t>(i) = static_cast<std::uint8_t>(i);
  cv::Mat bgr;
  cv::applyColorMap(levels, bgr, cv::COLORMAP_INFERNO);
  for (int i = 0; i < levels.cols; ++i) {
    const auto& colour = bgr.at<cv::Vec3b>(i);
    colours[static_cast<std::size_t>(i)] = {colour[2], colour[1], colour[0]};
  }
  return colours;
}

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.5;

}  // namespace

Image heat(std::span<const float> shares, Size2 size) {
  static const std::array<Rgb, 256> kColours = inferno();
  Image picture{size.w, size.h, std::vector<std::uint8_t>(count(size) * 3)};
  auto to = picture.rgb.begin();
  for (const float share : shares) {
    const auto level = share > 0 ? static_cast<std::size_t>(std::lround(255 * std::min(share, 1.0F))) : 0;
    to = std::ranges::copy(kColours[level], to).out;
  }
  return picture;
}

std::vector<float> resized(std::span<const float> plane, Size2 from, Size2 to, Interpolation how) {
  std::vector<float> out(count(to));
  const cv::Mat source(from.h, from.w, CV_32FC1, const_cast<float*>(plane.data()));
  cv::Mat target(to.h, to.w, CV_32FC1, out.data());
  cv::resize(source, target, target.size(), 0, 0,
             how == Interpolation::linear ? cv::INTER_LINEAR : cv::INTER_CUBIC);
  return out;
}

Image reduced(const Image& image, int max) {
  const int longer = std::max(image.width, image.height);
  if (longer <= max) return image;
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * max / longer)));
  };
  const Size2 size{side(image.height), side(image.width)};
  Image out{size.w, size.h, std::vector<std::uint8_t>(count(size) * 3)};
  cv::Mat target = view(out);
  cv::resize(view(image), target, target.size(), 0, 0, cv::INTER_AREA);
  return out;
}

int write(Image& image, const std::string& text, int x, int y) {
  cv::putText(view(image), text, {x, y}, kFont, kFontScale, {0, 0, 0}, 1, cv::LINE_AA);
  return x + text_width(text);
}

int text_width(const std::string& text) { return cv::getTextSize(text, kFont, kFontScale, 1, nullptr).width; }

}  // namespace alexnet::image
