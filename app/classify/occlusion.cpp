#include "classify/occlusion.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "report/grid.hpp"
#include "report/text.hpp"

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

// Of the photo's bytes, without a copy.
cv::Mat view(image::Image& image) { return {image.height, image.width, CV_8UC3, image.rgb.data()}; }

}  // namespace

Squares squares_for(const Shape& input) {
  constexpr int kAcross = 13;
  constexpr int kStrides = 3;  // that a square is wide
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

image::Image occlusion_picture(const Occlusion& occlusion, const Shape& input, const image::Image& photo) {
  constexpr double kPhoto = 0.45;  // of what is seen; the rest is the heat
  const Squares& squares = occlusion.squares;
  const float most = std::max(0.0F, *std::ranges::max_element(occlusion.drops));
  // One pixel for each square's middle third; its tiling of the input reaches over the edges by less than a stride.
  cv::Mat drops(squares.rows, squares.columns, CV_32FC1);
  std::ranges::transform(occlusion.drops, drops.begin<float>(),
                         [most](float drop) { return most > 0 ? std::max(0.0F, drop / most) : 0.0F; });
  cv::Mat tiled;
  cv::resize(drops, tiled, {squares.columns * squares.stride, squares.rows * squares.stride}, 0, 0,
             cv::INTER_CUBIC);
  const cv::Mat shown = tiled(
      cv::Rect(-squares.left - squares.stride, -squares.top - squares.stride, input.width, input.height));
  cv::Mat shares;
  cv::resize(shown, shares, {photo.width, photo.height}, 0, 0, cv::INTER_LINEAR);
  image::Image warm = heat({shares.ptr<float>(), shares.total()}, {photo.height, photo.width});
  image::Image seen = photo;
  cv::Mat grey;
  cv::cvtColor(view(seen), grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2RGB);
  cv::addWeighted(grey, kPhoto, view(warm), 1 - kPhoto, 0, view(seen));
  return with_scale(seen, "-" + number(100 * static_cast<double>(most)) + " points");
}

}  // namespace alexnet::app
