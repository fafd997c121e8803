#include "classify/occlusion_picture.hpp"

#include <algorithm>
#include <cmath>

#include "image/draw.hpp"
#include "print/grid.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

// Returns the rectangle of `size` at (top, left) of a plane that is `width` wide.
std::vector<float> part(std::span<const float> plane, int width, int top, int left, const Shape& size) {
  std::vector<float> out;
  for (int y = top; y < top + size.height; ++y) {
    const auto row = plane.subspan(
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(left),
        static_cast<std::size_t>(size.width));
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

// Blends the photo in grey (45 %) with the colours (55 %). The grey has the weights of ITU-R BT.601.
image::Image over_grey(const image::Image& photo, const image::Image& colours) {
  constexpr double kPhoto = 0.45;
  image::Image out = photo;
  for (std::size_t i = 0; i < photo.rgb.size(); i += 3) {
    const double grey = 0.299 * photo.rgb[i] + 0.587 * photo.rgb[i + 1] + 0.114 * photo.rgb[i + 2];
    for (std::size_t c = i; c < i + 3; ++c)
      out.rgb[c] = static_cast<std::uint8_t>(std::lround(kPhoto * grey + (1 - kPhoto) * colours.rgb[c]));
  }
  return out;
}

}  // namespace

image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo) {
  const Squares& squares = occlusion.squares;
  const Size2 size{photo.height, photo.width};
  const auto largest = occlusion.largest_drop();
  if (!largest) {
    const std::vector<float> nothing(photo.rgb.size() / 3, 0.0F);
    return with_words(over_grey(photo, image::heat(nothing, size)),
                      occlusion.has_nan() ? "the probabilities are not numbers" : "no square lowers it");
  }
  const float max = occlusion.drops[*largest];
  // Each drop fills its square's middle third. The tiling exceeds the input by less than a stride; part()
  // cuts off the rest.
  std::vector<float> drops;
  for (const float drop : occlusion.drops) drops.push_back(std::max(0.0F, drop / max));
  const Size2 tiling{squares.rows * squares.stride, squares.columns * squares.stride};
  const std::vector<float> tiled =
      image::resized(drops, {squares.rows, squares.columns}, tiling, image::Interpolation::cubic);
  const std::vector<float> shown =
      part(tiled, tiling.w, -squares.top - squares.stride, -squares.left - squares.stride, input);
  const std::vector<float> shares =
      image::resized(shown, {input.height, input.width}, size, image::Interpolation::linear);
  constexpr double kMin = 0.001;  // smallest number that number() does not print as 0
  const double points = 100 * static_cast<double>(max);
  return with_scale(over_grey(photo, image::heat(shares, size)),
                    points < kMin ? "less than 0.001 points" : "-" + number(points) + " points");
}

}  // namespace alexnet::app
