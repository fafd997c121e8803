#include <doctest/doctest.h>

#include <cmath>

#include "kernels/pool.hpp"
#include "layers/layers.hpp"
#include "reference.hpp"

using namespace alexnet;

namespace {

kernels::Windows windows(const Pool& p, const Shape& in, const Shape& out) {
  return {in.height, in.width, p.kernel, p.stride, p.pad, out.height, out.width};
}

const std::vector<std::pair<Shape, Pool>>& cases() {
  static const std::vector<std::pair<Shape, Pool>> kCases{
      {{1, 7, 9}, {{3, 3}, {2, 2}, {0, 0}, false}},      {{1, 8, 8}, {{3, 3}, {2, 2}, {0, 0}, true}},
      {{1, 6, 11}, {{3, 2}, {2, 3}, {1, 1}, true}},      {{1, 5, 5}, {{2, 2}, {1, 1}, {1, 1}, false}},
      {{1, 13, 4}, {{5, 3}, {3, 1}, {2, 1}, false}},     {{1, 4, 4}, {{2, 2}, {3, 3}, {1, 1}, true}},
      {{1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}, false}},      {{1, 8, 9}, {{3, 3}, {2, 2}, {0, 1, 2, 0}, false}},
      {{1, 9, 8}, {{3, 4}, {2, 3}, {0, 0, 1, 3}, true}}, {{1, 9, 17}, {{4, 4}, {4, 4}, {0, 0}, true}}};
  return kCases;
}

}  // namespace

TEST_CASE("max pool agrees with plain loops for odd sizes, padding and strides") {
  for (const auto& [in, p] : cases()) {
    const Shape out = output_shape(MaxPool{p}, in);
    CAPTURE(to_string(in));
    const auto x = reference::noise(in.count(), 4);
    reference::Values y(out.count());
    kernels::max_pool(windows(p, in, out), x.data(), y.data());
    CHECK(y == reference::pool(p, false, false, in, out, 1, x));
  }
}

TEST_CASE("average pool divides by the padded or the real window") {
  for (const bool include_pad : {false, true})
    for (const auto& [in, p] : cases()) {
      const Shape out = output_shape(AveragePool{p, include_pad}, in);
      CAPTURE(to_string(in));
      CAPTURE(include_pad);
      const auto x = reference::noise(in.count(), 5);
      reference::Values y(out.count());
      kernels::average_pool(windows(p, in, out), include_pad, x.data(), y.data());
      CHECK(reference::difference(y, reference::pool(p, true, include_pad, in, out, 1, x)) < 1e-6);
    }
}

TEST_CASE("max pool keeps NaN at every position of the window") {
  for (std::size_t place = 0; place < 4; ++place) {
    reference::Values x{1, 2, 3, 4};
    x[place] = std::nanf("");
    float y = 0;
    kernels::max_pool({2, 2, {2, 2}, {1, 1}, {0, 0}, 1, 1}, x.data(), &y);
    CHECK(std::isnan(y));
  }
}

TEST_CASE("the mean of a plane is exact if the sum is exact") {
  const reference::Values x{1, 2, 3, 6};
  CHECK(kernels::mean(x.data(), x.size()) == 3.0F);
}

TEST_CASE("average pool divides by the size of a padded window of more than 2^31 elements") {
  constexpr int kSide = 65535;
  constexpr int kPad = 40000;
  const float x = 6.0F;
  float y = 0;
  kernels::average_pool({1, 1, {kSide, kSide}, {1, 1}, {kPad, kPad}, 1, 1}, true, &x, &y);
  CHECK(y == doctest::Approx(6.0 / kSide / kSide));
}
