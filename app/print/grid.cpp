#include "print/grid.hpp"

#include <algorithm>
#include <cmath>

#include "alexnet/error.hpp"
#include "image/draw.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

constexpr std::uint8_t kWhite = 255;

int gap_of(int zoom) { return std::max(1, zoom / 2); }

int rows_of(std::size_t count, int columns) {
  const auto c = static_cast<std::size_t>(columns);
  return static_cast<int>((count + c - 1) / c);
}

// Length in pixels of `count` sides in a row, with a gap before, between and after them. `extra` pixels
// follow each.
std::int64_t length(int count, int side, int zoom, int extra = 0) {
  return std::int64_t{count} * (std::int64_t{side} * zoom + extra + gap_of(zoom)) + gap_of(zoom);
}

constexpr int kStrip = 40;
constexpr int kMargin = 10;
constexpr int kBarHeight = 16;
constexpr int kLine = (kStrip + kBarHeight) / 2 - 2;  // baseline of text, from the top of the strip

image::Image with_strip(const image::Image& picture) {
  image::Image all = white(picture.width, picture.height + kStrip);
  std::ranges::copy(picture.rgb, all.rgb.begin());
  return all;
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

image::Image draw(const Grid& grid, std::span<const image::Image> tiles,
                  std::span<const std::string> labels) {
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;
  constexpr int kLabel = 18;     // height of a label
  constexpr int kBaseline = 13;  // of its text, from its top
  const image::Image& first = tiles.front();
  const int tile_width = first.width * grid.zoom;
  const auto fits = [&](const std::string& label) {
    return image::text_width(label) <= tile_width + gap_of(grid.zoom);
  };
  const int extra = !labels.empty() && std::ranges::all_of(labels, fits) ? kLabel : 0;
  const std::int64_t width = length(grid.columns, first.width, grid.zoom);
  const std::int64_t height = length(rows_of(tiles.size(), grid.columns), first.height, grid.zoom, extra);
  if (width > kMostPixels / height)
    throw UsageError("a picture of " + grouped(width) + " x " + grouped(height) +
                     " pixels is too large; use a smaller --zoom or draw less");
  image::Image sheet = white(static_cast<int>(width), static_cast<int>(height));
  const auto columns = static_cast<std::size_t>(grid.columns);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto left = static_cast<int>(length(static_cast<int>(i % columns), first.width, grid.zoom));
    const auto top = static_cast<int>(length(static_cast<int>(i / columns), first.height, grid.zoom, extra));
    paste(sheet, tiles[i], left, top, grid.zoom);
    if (extra > 0)
      image::write(sheet, labels[i], left + (tile_width - image::text_width(labels[i])) / 2,
                   top + first.height * grid.zoom + kBaseline);
  }
  return sheet;
}

image::Image white(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
                                    kWhite)};
}

void paste(image::Image& sheet, const image::Image& tile, int left, int top, int zoom) {
  for (int y = 0; y < tile.height * zoom; ++y)
    for (int x = 0; x < tile.width * zoom; ++x)
      std::copy_n(tile.rgb.begin() + 3 * (std::ptrdiff_t{y / zoom} * tile.width + x / zoom), 3,
                  sheet.rgb.begin() + 3 * (std::ptrdiff_t{top + y} * sheet.width + left + x));
}

image::Image beside(const image::Image& photo, const image::Image& sheet) {
  constexpr int kSide = 256;
  constexpr int kMargin = 10;
  const image::Image small = image::reduced(photo, kSide);
  const int zoom = std::max(1, kSide / std::max(small.width, small.height));
  const int left = small.width * zoom + 2 * kMargin;
  image::Image all = white(left + sheet.width, std::max(small.height * zoom + 2 * kMargin, sheet.height));
  paste(all, small, kMargin, kMargin, zoom);
  paste(all, sheet, left, 0);
  return all;
}

image::Image with_scale(const image::Image& picture, const std::string& max) {
  constexpr int kWidth = 256;
  image::Image all = with_strip(picture);
  const int left = image::write(all, "0", kMargin, picture.height + kLine) + kMargin;
  const int width = std::clamp(picture.width - 2 * left, 1, kWidth);
  std::vector<float> shares(static_cast<std::size_t>(width) * kBarHeight);
  for (std::size_t i = 0; i < shares.size(); ++i)
    shares[i] = static_cast<float>(i % static_cast<std::size_t>(width)) / static_cast<float>(width);
  if (left + width <= picture.width)
    paste(all, image::heat(shares, {kBarHeight, width}), left, picture.height + (kStrip - kBarHeight) / 2);
  image::write(all, max, left + width + kMargin, picture.height + kLine);
  return all;
}

image::Image with_words(const image::Image& picture, const std::string& words) {
  image::Image all = with_strip(picture);
  image::write(all, words, kMargin, picture.height + kLine);
  return all;
}

}  // namespace alexnet::app
