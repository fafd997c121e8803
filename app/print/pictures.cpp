#include "print/pictures.hpp"

#include <algorithm>
#include <cmath>

namespace alexnet::app {
namespace {

constexpr std::uint8_t kNeutral = 200;  // grey of pixels without a number

// Converts a share (0 to 1, clamped) to 0..255. NaN becomes 0.
std::uint8_t byte(double share) {
  return share > 0 ? static_cast<std::uint8_t>(std::lround(255 * std::min(share, 1.0))) : std::uint8_t{0};
}

// Maps `low` to black and `high` to white.
Colour grey(float value, float low, float high) {
  const double share = high > low ? static_cast<double>(value - low) / static_cast<double>(high - low) : 0.5;
  return {share, share, share};
}

// Maps -max to 0, 0 to 1/2 and `max` to 1.
double about_zero(double value, double max) { return max > 0 ? 0.5 + 0.5 * value / max : 0.5; }

// Maps 0 to white, `max` to red and -max to blue.
Colour signed_colour(double value, double max) {
  const double share = max > 0 ? std::clamp(value / max, -1.0, 1.0) : 0.0;
  const double rest = 1 - std::abs(share);
  return share > 0 ? std::array{1.0, rest, rest} : std::array{rest, rest, 1.0};
}

}  // namespace

image::Image blank(Size2 size) {
  return {size.w, size.h,
          std::vector<std::uint8_t>(static_cast<std::size_t>(size.h) * static_cast<std::size_t>(size.w) * 3,
                                    kNeutral)};
}

void set(image::Image& image, std::size_t i, Colour rgb) {
  for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = byte(rgb[c]);
}

std::span<const float> plane_of(std::span<const float> values, const Shape& shape, int channel) {
  return values.subspan(static_cast<std::size_t>(channel) * shape.plane(), shape.plane());
}

image::Image plane_picture(std::span<const float> values, Size2 size) {
  const auto [low, high] = std::ranges::minmax(values);
  image::Image picture = blank(size);
  for (std::size_t i = 0; i < values.size(); ++i) set(picture, i, grey(values[i], low, high));
  return picture;
}

image::Image kernel_in_colours(std::span<const double> kernel, Size2 size, bool bgr) {
  const double max = max_magnitude(kernel);
  const std::size_t plane = kernel.size() / 3;
  image::Image picture = blank(size);
  for (std::size_t i = 0; i < plane; ++i) {
    Colour colour{};
    for (std::size_t c = 0; c < 3; ++c) colour[bgr ? 2 - c : c] = about_zero(kernel[c * plane + i], max);
    set(picture, i, colour);
  }
  return picture;
}

image::Image kernel_in_grey(std::span<const double> channel, double max, Size2 size) {
  image::Image picture = blank(size);
  for (std::size_t i = 0; i < channel.size(); ++i) {
    const double share = about_zero(channel[i], max);
    set(picture, i, {share, share, share});
  }
  return picture;
}

image::Image signed_picture(std::span<const double> values, double max, Size2 size) {
  image::Image picture = blank(size);
  for (std::size_t i = 0; i < values.size(); ++i) set(picture, i, signed_colour(values[i], max));
  return picture;
}

image::Image patch_picture(std::span<const Tap> taps, float low, float high, Size2 size) {
  image::Image picture = blank(size);
  for (std::size_t i = 0; i < taps.size(); ++i)
    set(picture, i, taps[i].pad ? kPadColour : grey(taps[i].value, low, high));
  return picture;
}

Size2 folded(std::size_t k) {
  constexpr std::size_t kLine = 192;
  std::size_t line = std::min(k, kLine);
  for (std::size_t even = line; even >= kLine / 3; --even)
    if (k % even == 0) {
      line = even;
      break;
    }
  return {static_cast<int>((k + line - 1) / line), static_cast<int>(line)};
}

double max_magnitude(std::span<const double> values) {
  double max = 0;
  for (const double v : values) max = std::max(max, std::abs(v));
  return max;
}

}  // namespace alexnet::app
