// BMP and WebP by OpenCV, once their headers have been found in order.
#include <algorithm>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/module.hpp"
#include "image/decoders.hpp"
#include "image/imgcodecs/headers.hpp"

namespace alexnet::image {
namespace {

Header read_header(Format format, Bytes file) {
  switch (format) {
    case Format::bmp:
      return read_bmp_header(file);
    default:
      return read_webp_header(file);
  }
}

cv::Mat decode_mat(Bytes file, int flags) {
  // imdecode does not write to its input.
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<std::uint8_t*>(file.data()));
  return cv::imdecode(bytes, flags);
}

// B G R A of 8 or 16 bits -> R G B A of 8 bits.
template <typename T>
std::vector<std::uint8_t> to_rgba(const cv::Mat& bgra, bool premultiplied) {
  std::vector<std::uint8_t> rgba;
  rgba.reserve(bgra.total() * 4);
  for (int y = 0; y < bgra.rows; ++y) {
    for (int x = 0; x < bgra.cols; ++x) {
      const T* pixel = bgra.ptr<T>(y) + std::size_t{4} * static_cast<std::size_t>(x);
      const auto byte = [&](int c) {
        return static_cast<unsigned>(sizeof(T) == 2 ? pixel[c] >> 8 : pixel[c]);
      };
      const unsigned alpha = byte(3);
      for (const int c : {2, 1, 0}) {
        const bool divide = premultiplied && alpha != 0;
        const unsigned value = divide ? std::min(255U, (byte(c) * 255 + alpha / 2) / alpha) : byte(c);
        rgba.push_back(static_cast<std::uint8_t>(value));
      }
      rgba.push_back(static_cast<std::uint8_t>(alpha));
    }
  }
  return rgba;
}

void check_decoded(const cv::Mat& mat, const Header& header) {
  if (mat.empty())
    throw cv::Exception(cv::Error::StsError, "its image data is truncated or corrupt", "", "", 0);
  if (mat.cols != header.width || mat.rows != header.height) {
    throw cv::Exception(cv::Error::StsError, "the decoded image is not of the header's size", "", "", 0);
  }
}

Image decode_checked(Format format, Bytes file, const Header& header, std::optional<Rgb> background) {
  // IMREAD_UNCHANGED alone gives the alpha; without alpha it is avoided, as it misreads OS/2 bitmaps.
  const bool straight = header.alpha == Alpha::straight;
  if (header.alpha == Alpha::premultiplied || (straight && background)) {
    const cv::Mat bgra = decode_mat(file, cv::IMREAD_UNCHANGED);
    check_decoded(bgra, header);
    if (bgra.type() == CV_8UC4) {
      return flatten(to_rgba<std::uint8_t>(bgra, !straight), bgra.cols, bgra.rows, background);
    }
    if (bgra.type() == CV_16UC4) {
      return flatten(to_rgba<std::uint16_t>(bgra, !straight), bgra.cols, bgra.rows, background);
    }
    if (background) refuse(format, "its alpha cannot be read, so it cannot be blended over a background");
  }
  const cv::Mat bgr = decode_mat(file, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  check_decoded(bgr, header);
  Image image = blank(bgr.cols, bgr.rows);
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, image.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image;
}

Image decode_with_opencv(Format format, Bytes file, std::optional<Rgb> background) {
  static const bool silent = (cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT), true);
  static_cast<void>(silent);
  const Header header = read_header(format, file);
  try {
    return decode_checked(format, file, header, background);
  } catch (const cv::Exception& error) {
    refuse(format, error.err.empty() ? "its image data is truncated or corrupt" : error.err);
  }
}

}  // namespace
}  // namespace alexnet::image

extern "C" ALEXNET_MODULE const alexnet::image::ImgcodecsModule alexnet_imgcodecs{
    alexnet::image::decode_with_opencv};
