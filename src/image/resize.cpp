#include "image/resize.hpp"

#include <algorithm>
#include <cmath>

namespace alexnet::image {
namespace {

// 22 fraction bits: with 8-bit pixels a sum of products fits into 31 bits.
constexpr int kFractionBits = 22;
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// Weights of the input pixels first to first + weights.size() - 1 for one output pixel.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;
};

// One axis of an image: its number of pixels, and the position and length of the photo within them. In a
// reduced image the photo may fill only part of the first or last pixel.
struct Side {
  int pixels;
  double begin;
  double length;
};

Side columns_of(const Image& image) {
  if (!image.reduction) return {image.width, 0.0, static_cast<double>(image.width)};
  const Reduction& r = *image.reduction;
  return {image.width, r.left, static_cast<double>(r.photo.w) / r.denominator};
}

Side rows_of(const Image& image) {
  if (!image.reduction) return {image.height, 0.0, static_cast<double>(image.height)};
  const Reduction& r = *image.reduction;
  return {image.height, r.top, static_cast<double>(r.photo.h) / r.denominator};
}

// r = max(1, length / out), c = begin + (i + 1/2) length / out, w(j) = max(0, 1 - |j + 1/2 - c| / r) / sum,
// for the outputs i = from to from + count - 1 and the inputs j within r of c. Each weight is rounded to
// fixed point, halves away from zero. The operations on doubles are in Pillow's order, which the last bit
// depends on.
std::vector<Taps> triangle_taps(const Side& in, int out, int from, int count) {
  const double scale = in.length / out;
  const double radius = std::max(1.0, scale);
  const double inverse = 1.0 / radius;
  std::vector<Taps> all(static_cast<std::size_t>(count));
  std::vector<double> weights;
  for (int i = 0; i < count; ++i) {
    const double centre = in.begin + (from + i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - radius + 0.5));
    const int end = std::min(in.pixels, static_cast<int>(centre + radius + 0.5));
    weights.clear();
    double sum = 0.0;
    for (int j = 0; j < end - first; ++j) {
      weights.push_back(std::max(0.0, 1.0 - std::abs((j + first - centre + 0.5) * inverse)));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = first;
    for (const double weight : weights) {
      taps.weights.push_back(static_cast<std::int32_t>(0.5 + weight / sum * (1 << kFractionBits)));
    }
  }
  return all;
}

std::uint8_t to_pixel(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

// Resizes one row; `out` has columns.size() x 3 bytes.
void resize_row(const std::uint8_t* in, const std::vector<Taps>& columns, std::uint8_t* out) {
  for (const Taps& taps : columns) {
    std::int32_t red = kHalf, green = kHalf, blue = kHalf;
    const std::uint8_t* pixel = in + std::ptrdiff_t{3} * taps.first;
    for (const std::int32_t weight : taps.weights) {
      red += weight * pixel[0];
      green += weight * pixel[1];
      blue += weight * pixel[2];
      pixel += 3;
    }
    *out++ = to_pixel(red);
    *out++ = to_pixel(green);
    *out++ = to_pixel(blue);
  }
}

}  // namespace

Image resize_pillow(const Image& image, int width, int height, const Region& region) {
  const std::vector<Taps> columns = triangle_taps(columns_of(image), width, region.x, region.width);
  const std::vector<Taps> rows = triangle_taps(rows_of(image), height, region.y, region.height);
  const std::size_t in_step = static_cast<std::size_t>(image.width) * 3;
  const std::size_t step = static_cast<std::size_t>(region.width) * 3;

  // Horizontal pass: only the rows that the vertical pass reads, rounded to 8 bits as Pillow does between the
  // passes.
  const auto first = static_cast<std::size_t>(rows.front().first);
  const std::size_t end = static_cast<std::size_t>(rows.back().first) + rows.back().weights.size();
  std::vector<std::uint8_t> between((end - first) * step);
  for (std::size_t y = first; y < end; ++y) {
    resize_row(&image.rgb[y * in_step], columns, &between[(y - first) * step]);
  }

  Image out{region.width, region.height,
            std::vector<std::uint8_t>(static_cast<std::size_t>(region.height) * step)};
  std::vector<std::int32_t> sums(step);
  std::uint8_t* to = out.rgb.data();
  for (const Taps& taps : rows) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const std::uint8_t* row = &between[(static_cast<std::size_t>(taps.first) - first) * step];
    for (const std::int32_t weight : taps.weights) {
      for (std::size_t i = 0; i < step; ++i) sums[i] += weight * row[i];
      row += step;
    }
    to = std::transform(sums.begin(), sums.end(), to, to_pixel);
  }
  return out;
}

}  // namespace alexnet::image
