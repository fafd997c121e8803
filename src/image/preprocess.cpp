#include "alexnet/image.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>

#include "alexnet/error.hpp"
#include "image/resize.hpp"

namespace alexnet::image {
namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

[[noreturn]] void refuse(const std::string& reason) { throw ImageError(Stage::preprocess, reason); }

std::string text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

// Size of the whole resized image. 64 bits: the longer side may not fit into an int.
struct WideSize {
  std::int64_t w, h;
};

Size2 photo_size(const Image& image) {
  return image.reduction ? image.reduction->photo : Size2{image.height, image.width};
}

WideSize resized_size(Size2 photo, const Preprocess& how) {
  if (how.rule == ResizeRule::squash) return {how.resize.w, how.resize.h};
  // Integer division equals torchvision's int(size * long / short): a double cannot round such a quotient up
  // to an integer.
  const std::int64_t shorter = std::min(photo.w, photo.h);
  const std::int64_t longer = std::max(photo.w, photo.h);
  const std::int64_t grown = how.resize.h * longer / shorter;
  return photo.w <= photo.h ? WideSize{how.resize.h, grown} : WideSize{grown, how.resize.h};
}

// Returns (side - size) / 2, rounded half to even like Python's round().
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

// Weights of R, G and B in units of 2^-bits: ITU-R BT.601, as Pillow's "L" and OpenCV round them.
struct GreyWeights {
  std::uint32_t r, g, b, bits;
};
constexpr GreyWeights kPillowGrey{19595, 38470, 7471, 16};
constexpr GreyWeights kOpencvGrey{9798, 19235, 3735, 15};

// r = g = b = (r * weights.r + g * weights.g + b * weights.b) / 2^bits, rounded
Image to_grey(Image image, Filter filter) {
  const GreyWeights& w = filter == Filter::pillow_bilinear ? kPillowGrey : kOpencvGrey;
  for (std::size_t i = 0; i + 2 < image.rgb.size(); i += 3) {
    std::uint8_t* const p = &image.rgb[i];
    const std::uint32_t sum = p[0] * w.r + p[1] * w.g + p[2] * w.b + (1U << (w.bits - 1));
    std::fill_n(p, 3, static_cast<std::uint8_t>(sum >> w.bits));
  }
  return image;
}

enum class Part { centre, whole };  // part of the resized image to return

Image resize(const Image& image, const Preprocess& how, Part part) {
  if (image.width <= 0 || image.height <= 0) refuse("the image has no pixels");
  if (how.size.w <= 0 || how.size.h <= 0 || how.resize.w <= 0 || how.resize.h <= 0) {
    refuse("it cannot be resized to " + text(how.resize.w, how.resize.h) + " and cropped to " +
           text(how.size.w, how.size.h));
  }
  const Size2 photo = photo_size(image);
  const WideSize resized = resized_size(photo, how);
  const std::string becomes = text(photo.w, photo.h) + " would become " + text(resized.w, resized.h);
  if (how.size.w > resized.w || how.size.h > resized.h) {
    refuse(becomes + ", which is smaller than the crop of " + text(how.size.w, how.size.h));
  }
  // Number of pixels to hold. OpenCV resizes the whole image. Our own filter holds only the part, and before
  // that the part's columns of every image row. So a very long image is not a problem if the part is the
  // centre.
  const WideSize kept = part == Part::whole ? resized : WideSize{how.size.w, how.size.h};
  const std::int64_t held = how.filter == Filter::opencv_bilinear
                                ? resized.w * resized.h
                                : kept.w * std::max(kept.h, std::int64_t{image.height});
  if (std::max(resized.w, resized.h) > std::numeric_limits<int>::max() || held > kMaxPixels) {
    refuse(becomes + ", which is too large");
  }
  const Region region{static_cast<int>(centre_offset(resized.w, kept.w)),
                      static_cast<int>(centre_offset(resized.h, kept.h)), static_cast<int>(kept.w),
                      static_cast<int>(kept.h)};
  const auto filter = how.filter == Filter::opencv_bilinear ? resize_opencv : resize_pillow;
  return filter(how.order == ChannelOrder::grey ? to_grey(image, how.filter) : image,
                static_cast<int>(resized.w), static_cast<int>(resized.h), region);
}

// Returns side * 256 / 227, rounded.
int with_margin(int side) { return static_cast<int>((std::int64_t{side} * 512 + 227) / 454); }

Preprocess for_ten_crops(Preprocess how) {
  if (how.rule == ResizeRule::squash && how.resize == how.size) {
    how.resize = {with_margin(how.size.h), with_margin(how.size.w)};
  }
  return how;
}

int twice(int side) { return std::min(side, std::numeric_limits<int>::max() / 2) * 2; }

Image cut(const Image& image, int x, int y, Size2 size) {
  const std::size_t step = static_cast<std::size_t>(size.w) * 3;
  Image out{size.w, size.h, std::vector<std::uint8_t>(static_cast<std::size_t>(size.h) * step)};
  for (int row = 0; row < size.h; ++row) {
    const std::size_t from = static_cast<std::size_t>(y + row) * static_cast<std::size_t>(image.width) +
                             static_cast<std::size_t>(x);
    std::copy_n(&image.rgb[from * 3], step, &out.rgb[static_cast<std::size_t>(row) * step]);
  }
  return out;
}

void mirror(Image& image) {
  const std::size_t step = static_cast<std::size_t>(image.width) * 3;
  for (std::size_t row = 0; row < image.rgb.size(); row += step) {
    for (std::size_t left = row, right = row + step - 3; left < right; left += 3, right -= 3) {
      std::swap_ranges(&image.rgb[left], &image.rgb[left] + 3, &image.rgb[right]);
    }
  }
}

}  // namespace

std::optional<Size2> min_decode_size(const Preprocess& how, int crops) {
  if (how.filter == Filter::opencv_bilinear) return std::nullopt;
  const Size2 target = crops == 1 ? how.resize : for_ten_crops(how).resize;
  return Size2{twice(target.h), twice(target.w)};
}

Image resize_and_crop(const Image& image, const Preprocess& how) { return resize(image, how, Part::centre); }

std::vector<Image> resize_and_ten_crops(const Image& image, const Preprocess& how) {
  Image whole = resize(image, for_ten_crops(how), Part::whole);
  const int right = whole.width - how.size.w;
  const int bottom = whole.height - how.size.h;
  const auto centre_x = static_cast<int>(centre_offset(whole.width, how.size.w));
  const auto centre_y = static_cast<int>(centre_offset(whole.height, how.size.h));
  std::vector<Image> crops;
  for (const bool mirrored : {false, true}) {
    if (mirrored) mirror(whole);
    for (const auto& [x, y] :
         {std::pair{0, 0}, {right, 0}, {0, bottom}, {right, bottom}, {centre_x, centre_y}}) {
      crops.push_back(cut(whole, x, y, how.size));
    }
  }
  return crops;
}

// out[c][y][x] = (pixel * scale - mean[c]) / std[c], each step in float32 as the training tools compute it. A
// byte has 256 values, so compute them all first. A scale of 1/n divides by n, which rounds once: 1/255 is
// not a float32.
void normalise(const Image& cropped, const Preprocess& how, float* out) {
  const std::size_t plane = cropped.rgb.size() / 3;
  const double divisor = 1.0 / how.scale;
  const bool divides = divisor == std::round(divisor);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels(how)); ++c) {
    std::array<float, 256> value{};
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto pixel = static_cast<float>(i);
      const float scaled =
          divides ? pixel / static_cast<float>(divisor) : pixel * static_cast<float>(how.scale);
      value[i] = (scaled - static_cast<float>(how.mean[c])) / static_cast<float>(how.std[c]);
    }
    const std::uint8_t* from = cropped.rgb.data() + (how.order == ChannelOrder::bgr ? 2 - c : c);
    for (std::size_t i = 0; i < plane; ++i) *out++ = value[from[3 * i]];
  }
}

}  // namespace alexnet::image
