#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "kernels/elementwise.hpp"
#include "kernels/lrn.hpp"
#include "reference.hpp"

using namespace alexnet;

TEST_CASE("relu keeps positive values and NaN, and sets the rest to 0") {
  reference::Values x{-1.0F, 0.0F, 2.0F, -0.0F, std::nanf(""), -INFINITY, INFINITY};
  kernels::relu(x.data(), x.size());
  CHECK(x[0] == 0.0F);
  CHECK(x[1] == 0.0F);
  CHECK(x[2] == 2.0F);
  CHECK(x[3] == 0.0F);
  CHECK(std::isnan(x[4]));
  CHECK(x[5] == 0.0F);
  CHECK(std::isinf(x[6]));
}

TEST_CASE("add and scale_shift process every element") {
  reference::Values x{1, 2, 3};
  kernels::add(10, x.data(), x.size());
  CHECK(x == reference::Values{11, 12, 13});
  kernels::scale_shift(2, -1, x.data(), x.size());
  CHECK(x == reference::Values{21, 23, 25});
}

TEST_CASE("softmax sums to 1 and does not overflow for large numbers") {
  reference::Values x{1000, 1001, 999, -1000};
  const auto expected = reference::softmax({4, 1, 1}, 1, x);
  kernels::softmax(4, 1, x.data());
  CHECK(reference::difference(x, expected) < 1e-6);
  CHECK(std::accumulate(x.begin(), x.end(), 0.0) == doctest::Approx(1.0));
}

TEST_CASE("softmax of a map is computed at each pixel separately") {
  const Shape s{5, 3, 2};
  auto x = reference::noise(s.count(), 6);
  const auto expected = reference::softmax(s, 1, x);
  kernels::softmax(s.channels, s.plane(), x.data());
  CHECK(reference::difference(x, expected) < 1e-6);
}

TEST_CASE("lrn agrees with plain loops for odd and even windows, few channels and other powers") {
  struct Case {
    Shape s;
    Lrn p;
  };
  const Case cases[] = {{{7, 3, 5}, {}},
                        {{96, 9, 31}, {5, 1e-4F, 0.75F, 1.0F}},
                        {{3, 4, 4}, {5, 0.5F, 0.75F, 2.0F}},
                        {{6, 2, 3}, {4, 0.3F, 0.5F, 1.0F}},
                        {{8, 5, 1}, {3, 1.0F, 1.0F, 0.5F}},
                        {{1, 1, 1}, {1, 1.0F, 0.75F, 1.0F}}};
  for (const auto& [s, p] : cases) {
    CAPTURE(to_string(s));
    auto x = reference::noise(s.count(), 7);
    for (float& v : x) v *= 10;
    reference::Values y(x.size());
    const std::size_t half = s.plane() / 2;  // in two ranges, as two threads would
    for (const auto& [first, count] :
         {std::pair<std::size_t, std::size_t>{0, half}, {half, s.plane() - half}})
      kernels::lrn({p.size, p.alpha, p.beta, p.k}, s.channels, s.plane(), first, count, x.data(), y.data());
    CHECK(reference::difference(y, reference::lrn(p, s, 1, x)) < 1e-6);
  }
}
