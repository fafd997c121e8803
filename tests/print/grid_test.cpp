// Sheets of small pictures.
#include "print/grid.hpp"

#include <doctest/doctest.h>

using namespace alexnet;
using namespace alexnet::app;

namespace {

image::Image black(int side) {
  return {side, side,
          std::vector<std::uint8_t>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3)};
}

// Returns the sum of all bytes of rows [first, last).
long light(const image::Image& picture, int first, int last) {
  long sum = 0;
  for (int i = first * picture.width * 3; i < last * picture.width * 3; ++i)
    sum += picture.rgb[static_cast<std::size_t>(i)];
  return sum;
}

}  // namespace

TEST_CASE("labels are drawn below their tiles") {
  const std::vector<image::Image> tiles(4, black(3));
  const std::vector<std::string> labels{"0", "1", "2", "3"};
  const image::Image plain = draw({2, 10}, tiles);
  const image::Image labelled = draw({2, 10}, tiles, labels);
  CHECK(plain.width == 5 + 2 * 35);
  CHECK(plain.height == 5 + 2 * 35);
  CHECK(labelled.width == plain.width);
  CHECK(labelled.height == plain.height + 2 * 18);
  CHECK(light(labelled, 0, 35) == light(plain, 0, 35));
  const int white_strip = 18 * labelled.width * 3 * 255;
  CHECK(light(labelled, 35, 35 + 18) < white_strip);
}

TEST_CASE("all labels are omitted if one is wider than its tile") {
  const std::vector<image::Image> tiles(2, black(3));
  const std::vector<std::string> labels{"1", "a very long label"};
  CHECK(draw({2, 10}, tiles, labels).rgb == draw({2, 10}, tiles).rgb);
}

TEST_CASE("the photo is at the left of the sheet, scaled to 256 pixels") {
  const image::Image sheet = draw({1, 10}, std::vector<image::Image>(1, black(3)));
  for (const int side : {4, 600}) {
    const image::Image both = beside(black(side), sheet);
    CHECK(both.width == 256 + 20 + sheet.width);
    CHECK(both.height == 256 + 20);
    const auto grey = [&](int y, int x) {
      return both.rgb[static_cast<std::size_t>(y * both.width + x) * 3];
    };
    CHECK(grey(10, 10) == 0);
    CHECK(grey(265, 265) == 0);
    CHECK(grey(9, 9) == 255);
    CHECK(grey(266, 266) == 255);
    CHECK(grey(20, 276 + 20) == 0);
  }
}
