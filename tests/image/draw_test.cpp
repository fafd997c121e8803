// Drawing helpers for pictures of numbers.
#include "image/draw.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace alexnet;
using namespace alexnet::image;

namespace {

using Samples = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("heat colours range from black to yellow and clamp values outside") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Image picture = heat(std::vector<float>{0, -3, nan, 1, 7, 0.5F}, {2, 3});
  CHECK(picture.width == 3);
  CHECK(picture.height == 2);
  const Samples black(picture.rgb.begin(), picture.rgb.begin() + 3);
  CHECK(*std::ranges::max_element(black) <= 4);
  CHECK(std::equal(black.begin(), black.end(), picture.rgb.begin() + 3));
  CHECK(std::equal(black.begin(), black.end(), picture.rgb.begin() + 6));
  CHECK(Samples(picture.rgb.begin() + 9, picture.rgb.begin() + 15) == Samples{252, 255, 164, 252, 255, 164});
}

TEST_CASE("an image is reduced to a maximum side by averaging areas") {
  Image stripes{8, 4, Samples(std::size_t{8} * 4 * 3)};
  for (std::size_t i = 0; i < stripes.rgb.size(); ++i) stripes.rgb[i] = i % 6 < 3 ? 100 : 200;
  const Image half = reduced(stripes, 4);
  CHECK(half.width == 4);
  CHECK(half.height == 2);
  CHECK(half.rgb == Samples(std::size_t{4} * 2 * 3, 150));
  CHECK(reduced(stripes, 8).rgb == stripes.rgb);
  const Image line = reduced(Image{100, 1, Samples(300, 7)}, 10);
  CHECK(line.width == 10);
  CHECK(line.height == 1);
}

TEST_CASE("a plane of numbers is resized around the centres of its numbers") {
  const std::vector<float> wide = resized(std::vector<float>{0, 1}, {1, 2}, {2, 4}, Interpolation::linear);
  CHECK(wide == std::vector<float>{0, 0.25F, 0.75F, 1, 0, 0.25F, 0.75F, 1});
  const std::vector<float> cubic = resized(std::vector<float>(9, 0.5F), {3, 3}, {7, 5}, Interpolation::cubic);
  CHECK(cubic.size() == 35);
  for (const float value : cubic) CHECK(value == doctest::Approx(0.5));
}

TEST_CASE("text is drawn at its position and clipped at the edges") {
  Image paper{60, 30, Samples(std::size_t{60} * 30 * 3, 255)};
  const int end = write(paper, "12", 5, 20);
  CHECK(end > 5);
  CHECK(end < 40);
  int dark = 0;
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 60; ++x) {
      const bool inked = paper.rgb[static_cast<std::size_t>(3 * (y * 60 + x))] < 128;
      dark += inked ? 1 : 0;
      if (inked) CHECK((x >= 4 && x <= end && y <= 22));
    }
  CHECK(dark > 10);
  write(paper, "far beyond the edge of such a small picture", 50, 29);
}
