#include "alexnet/analysis.hpp"

#include <algorithm>
#include <cmath>

namespace alexnet {
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

std::optional<std::size_t> Occlusion::largest_drop() const {
  if (has_nan()) return std::nullopt;
  const auto max = std::ranges::max_element(drops);
  if (*max <= 0) return std::nullopt;
  return static_cast<std::size_t>(max - drops.begin());
}

}  // namespace alexnet
