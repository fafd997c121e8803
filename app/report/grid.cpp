#include "report/grid.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "report/text.hpp"

namespace alexnet::app {
namespace {

constexpr std::uint8_t kWhite = 255;

int gap_of(int zoom) { return std::max(1, zoom / 2); }

int rows_of(std::size_t count, int columns) {
  const auto c = static_cast<std::size_t>(columns);
  return static_cast<int>((count + c - 1) / c);
}

// Of `count` sides in a row, with a gap before, between and after them.
std::int64_t length(int count, int side, int zoom) {
  return std::int64_t{count} * (std::int64_t{side} * zoom + gap_of(zoom)) + gap_of(zoom);
}

image::Image white(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
                                    kWhite)};
}

// The image's own bytes, seen by OpenCV.
cv::Mat view(image::Image& image) { return {image.height, image.width, CV_8UC3, image.rgb.data()}; }

void put(image::Image& sheet, const image::Image& tile, cv::Point at, int zoom) {
  image::Image source = tile;
  const cv::Rect place(at.x, at.y, tile.width * zoom, tile.height * zoom);
  cv::resize(view(source), view(sheet)(place), place.size(), 0, 0, cv::INTER_NEAREST);
}

}  // namespace

int columns_for(std::size_t count) {
  constexpr double kAspect = 1.5;
  constexpr double kTolerance = 1.35;
  const double ideal = std::sqrt(kAspect * static_cast<double>(count));
  const auto distance = [&](int columns) { return std::max(columns / ideal, ideal / columns); };
  int best = std::max(1, static_cast<int>(std::lround(ideal)));
  bool even = false;
  for (int columns = 1; columns <= 2 * best; ++columns) {
    if (count % static_cast<std::size_t>(columns) != 0 || distance(columns) > kTolerance) continue;
    if (!even || distance(columns) < distance(best)) best = columns;
    even = true;
  }
  return best;
}

int zoom_for(Size2 tile, std::size_t count, int columns) {
  constexpr int kLeast = 800;
  constexpr int kMostZoom = 64;
  const int rows = rows_of(count, columns);
  int zoom = 1;
  while (zoom < kMostZoom && std::max(length(columns, tile.w, zoom), length(rows, tile.h, zoom)) < kLeast)
    ++zoom;
  return zoom;
}

image::Image draw(const Grid& grid, std::span<const image::Image> tiles) {
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;
  const image::Image& first = tiles.front();
  const std::int64_t width = length(grid.columns, first.width, grid.zoom);
  const std::int64_t height = length(rows_of(tiles.size(), grid.columns), first.height, grid.zoom);
  if (width > kMostPixels / height)
    throw std::runtime_error("a picture of " + grouped(width) + " x " + grouped(height) +
                             " pixels would be too large; choose a smaller --zoom, or draw less");
  image::Image sheet = white(static_cast<int>(width), static_cast<int>(height));
  const auto begin = [&](std::size_t i, int side) {
    return static_cast<int>(length(static_cast<int>(i), side, grid.zoom));
  };
  const auto columns = static_cast<std::size_t>(grid.columns);
  for (std::size_t i = 0; i < tiles.size(); ++i)
    put(sheet, tiles[i], {begin(i % columns, first.width), begin(i / columns, first.height)}, grid.zoom);
  return sheet;
}

image::Image heat(std::span<const float> shares, Size2 size) {
  cv::Mat grey(size.h, size.w, CV_8UC1);
  std::ranges::transform(shares, grey.begin<std::uint8_t>(), [](float share) {
    return share > 0 ? static_cast<std::uint8_t>(std::lround(255 * std::min(share, 1.0F))) : std::uint8_t{0};
  });
  image::Image picture = white(size.w, size.h);
  cv::Mat bgr;
  cv::applyColorMap(grey, bgr, cv::COLORMAP_INFERNO);
  cv::cvtColor(bgr, view(picture), cv::COLOR_BGR2RGB);
  return picture;
}

image::Image with_scale(const image::Image& picture, const std::string& most) {
  constexpr int kStrip = 40;
  constexpr int kMargin = 10;
  constexpr int kWidth = 256;
  constexpr int kHeight = 16;
  const auto font = cv::FONT_HERSHEY_SIMPLEX;
  constexpr double kScale = 0.5;
  image::Image all = white(picture.width, picture.height + kStrip);
  std::ranges::copy(picture.rgb, all.rgb.begin());
  cv::Mat canvas = view(all);
  const auto write = [&](const std::string& text, int x) {
    cv::putText(canvas, text, {x, picture.height + (kStrip + kHeight) / 2 - 2}, font, kScale, {0, 0, 0}, 1,
                cv::LINE_AA);
    return x + cv::getTextSize(text, font, kScale, 1, nullptr).width + kMargin;
  };
  const int left = write("0", kMargin);
  const int width = std::clamp(picture.width - 2 * left, 1, kWidth);
  std::vector<float> shares(static_cast<std::size_t>(width) * kHeight);
  for (std::size_t i = 0; i < shares.size(); ++i)
    shares[i] = static_cast<float>(i % static_cast<std::size_t>(width)) / static_cast<float>(width);
  image::Image bar = heat(shares, {kHeight, width});
  if (left + width <= picture.width)
    view(bar).copyTo(canvas(cv::Rect(left, picture.height + (kStrip - kHeight) / 2, width, kHeight)));
  write(most, left + width + kMargin);
  return all;
}

}  // namespace alexnet::app
