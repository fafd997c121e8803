#include "classify/occlusion.hpp"

#include <algorithm>
#include <cmath>

#include "image/draw.hpp"
#include "print/grid.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

// Copies the input with one square of each channel set to 0.
void hide(std::span<const float> input, const Shape& shape, const Squares& squares, int row, int column,
          std::span<float> out) {
  std::ranges::copy(input, out.begin());
  const int top = squares.top + row * squares.stride;
  const int left = squares.left + column * squares.stride;
  const int right = std::min(left + squares.side, shape.width);
  const int from = std::max(left, 0);
  for (int c = 0; c < shape.channels; ++c)
    for (int y = std::max(top, 0); y < std::min(top + squares.side, shape.height); ++y)
      std::fill_n(out.begin() + (std::ptrdiff_t{c} * shape.height + y) * shape.width + from, right - from,
                  0.0F);
}

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

Squares squares_for(const Shape& input) {
  constexpr int kAcross = 13;
  constexpr int kStrides = 3;  // side of a square
  Squares s;
  s.stride = std::max(1, (std::min(input.height, input.width) + kAcross / 2) / kAcross);
  s.side = kStrides * s.stride;
  s.rows = (input.height + s.stride - 1) / s.stride;
  s.columns = (input.width + s.stride - 1) / s.stride;
  s.top = -(s.rows * s.stride - input.height) / 2 - s.stride;
  s.left = -(s.columns * s.stride - input.width) / 2 - s.stride;
  return s;
}

Occlusion occlude(const Network& network, Workspace& workspace, int batch, std::span<const float> input,
                  std::size_t index, float probability) {
  Occlusion result{squares_for(network.input_shape()), index, probability, {}};
  const Squares& squares = result.squares;
  const int count = squares.rows * squares.columns;
  const std::size_t classes = network.output_shape().count();
  for (int first = 0; first < count; first += batch) {
    const int now = std::min(batch, count - first);
    for (int i = 0; i < now; ++i)
      hide(input, network.input_shape(), squares, (first + i) / squares.columns,
           (first + i) % squares.columns,
           workspace.input().subspan(static_cast<std::size_t>(i) * input.size(), input.size()));
    const std::span<const float> out = network.forward(workspace, now);
    for (int i = 0; i < now; ++i)
      result.drops.push_back(probability - out[static_cast<std::size_t>(i) * classes + index]);
  }
  return result;
}

bool Occlusion::has_nan() const {
  return std::isnan(probability) || std::ranges::any_of(drops, [](float drop) { return std::isnan(drop); });
}

std::optional<std::size_t> Occlusion::lowest() const {
  if (has_nan()) return std::nullopt;
  const auto most = std::ranges::max_element(drops);
  if (*most <= 0) return std::nullopt;
  return static_cast<std::size_t>(most - drops.begin());
}

image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo) {
  const Squares& squares = occlusion.squares;
  const Size2 size{photo.height, photo.width};
  const auto lowest = occlusion.lowest();
  if (!lowest) {
    const std::vector<float> nothing(photo.rgb.size() / 3, 0.0F);
    return with_words(over_grey(photo, image::heat(nothing, size)),
                      occlusion.has_nan() ? "the probabilities are not numbers" : "no square lowers it");
  }
  const float most = occlusion.drops[*lowest];
  // Each drop fills its square's middle third. The tiling exceeds the input by less than a stride; part()
  // cuts off the rest.
  std::vector<float> drops;
  for (const float drop : occlusion.drops) drops.push_back(std::max(0.0F, drop / most));
  const Size2 tiling{squares.rows * squares.stride, squares.columns * squares.stride};
  const std::vector<float> tiled =
      image::resized(drops, {squares.rows, squares.columns}, tiling, image::Interpolation::cubic);
  const std::vector<float> shown =
      part(tiled, tiling.w, -squares.top - squares.stride, -squares.left - squares.stride, input);
  const std::vector<float> shares =
      image::resized(shown, {input.height, input.width}, size, image::Interpolation::linear);
  constexpr double kLeast = 0.001;  // smallest number that number() does not print as 0
  const double points = 100 * static_cast<double>(most);
  return with_scale(over_grey(photo, image::heat(shares, size)),
                    points < kLeast ? "less than 0.001 points" : "-" + number(points) + " points");
}

}  // namespace alexnet::app
