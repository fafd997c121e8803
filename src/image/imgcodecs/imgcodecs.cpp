// Decodes JPEG 2000, PFM, Radiance HDR and Sun raster with OpenCV after checking their headers.
#include "image/decoders.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/file.hpp"
#include "core/module.hpp"
#include "image/imgcodecs/headers.hpp"

namespace alexnet::image {
namespace {

Header read_header(Format format, Bytes file) {
  switch (format) {
    case Format::jpeg2000:
      return read_jpeg2000_header(file);
    case Format::pfm:
      return read_pfm_header(file);
    case Format::hdr:
      return read_radiance_header(file);
    default:
      return read_sun_header(file);
  }
}

// Decodes an in-memory file by its path.
cv::Mat read_mat(Bytes bytes, int flags) {
  const File file = File::from_descriptor(::memfd_create("image", MFD_CLOEXEC), "image",
                                          [](int) { throw std::bad_alloc(); });
  file.write_all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return cv::imread("/proc/self/fd/" + std::to_string(file.descriptor()), flags);
}

cv::Mat decode_mat(Format format, Bytes file, int flags) {
  // For these formats imdecode would write a temporary file to /tmp and read it back.
  if (format == Format::pfm || format == Format::hdr || format == Format::sun) {
    return read_mat(file, flags);
  }
  // imdecode does not write to its input.
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<std::uint8_t*>(file.data()));
  return cv::imdecode(bytes, flags);
}

// Converts B G R A of 8 or 16 bits to R G B A of 8 bits.
template <typename T>
std::vector<std::uint8_t> to_rgba(const cv::Mat& bgra) {
  std::vector<std::uint8_t> rgba;
  rgba.reserve(bgra.total() * 4);
  for (int y = 0; y < bgra.rows; ++y) {
    for (int x = 0; x < bgra.cols; ++x) {
      const T* pixel = bgra.ptr<T>(y) + std::size_t{4} * static_cast<std::size_t>(x);
      for (const int c : {2, 1, 0, 3}) {
        rgba.push_back(static_cast<std::uint8_t>(sizeof(T) == 2 ? pixel[c] >> 8 : pixel[c]));
      }
    }
  }
  return rgba;
}

// Converts floats of 1 or 3 channels (B G R) to bytes: 0 or less and NaN become 0, 1 or more becomes 255.
Image from_floats(const cv::Mat& mat) {
  Image image = blank(mat.cols, mat.rows);
  std::uint8_t* to = image.rgb.data();
  for (int y = 0; y < mat.rows; ++y) {
    for (int x = 0; x < mat.cols; ++x) {
      const float* const pixel = mat.ptr<float>(y) + std::ptrdiff_t{x} * mat.channels();
      for (const int c : {2, 1, 0}) {
        const float value = pixel[mat.channels() == 3 ? c : 0];
        *to++ = static_cast<std::uint8_t>(value > 0.0F ? std::lround(std::min(value, 1.0F) * 255.0F) : 0);
      }
    }
  }
  return image;
}

void check_decoded(const cv::Mat& mat, const Header& header) {
  if (mat.empty())
    throw cv::Exception(cv::Error::StsError, "its image data is truncated or corrupt", "", "", 0);
  if (mat.cols != header.width || mat.rows != header.height) {
    throw cv::Exception(cv::Error::StsError, "the decoded image is not of the header's size", "", "", 0);
  }
}

Image decode_checked(Format format, Bytes file, const Header& header, std::optional<Rgb> background) {
  // Only IMREAD_UNCHANGED returns the alpha.
  if (header.alpha != Alpha::none && background) {
    const bool readable = header.alpha == Alpha::straight;
    const cv::Mat bgra = readable ? decode_mat(format, file, cv::IMREAD_UNCHANGED) : cv::Mat();
    if (readable) check_decoded(bgra, header);
    if (bgra.type() == CV_8UC4) return flatten(to_rgba<std::uint8_t>(bgra), bgra.cols, bgra.rows, background);
    if (bgra.type() == CV_16UC4)
      return flatten(to_rgba<std::uint16_t>(bgra), bgra.cols, bgra.rows, background);
    refuse(format, "its alpha cannot be read, so it cannot be blended over a background");
  }
  if (format == Format::pfm || format == Format::hdr) {
    const cv::Mat floats = decode_mat(format, file, cv::IMREAD_UNCHANGED);
    check_decoded(floats, header);
    return from_floats(floats);
  }
  const int colours = header.grey ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
  const cv::Mat mat = decode_mat(format, file, colours | cv::IMREAD_IGNORE_ORIENTATION);
  check_decoded(mat, header);
  Image image = blank(mat.cols, mat.rows);
  cv::Mat rgb(mat.rows, mat.cols, CV_8UC3, image.rgb.data());
  cv::cvtColor(mat, rgb, header.grey ? cv::COLOR_GRAY2RGB : cv::COLOR_BGR2RGB);
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
    alexnet::image::decode_with_opencv, &alexnet::image::unwritten_byte};
