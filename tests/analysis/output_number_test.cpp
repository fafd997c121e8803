// The inputs of one output value, compared with the plain loops of reference.hpp.
#include "alexnet/analysis.hpp"
#include "layers/layers.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "reference.hpp"

using namespace alexnet;

namespace {

Layer layer_of(const LayerParams& params, const Shape& in) {
  return {"l", params, in, output_shape(params, in)};
}

std::vector<float> values_of(const std::vector<Tap>& taps) {
  std::vector<float> values;
  for (const Tap& tap : taps) values.push_back(tap.value);
  return values;
}

}  // namespace

TEST_CASE("a column times a row of the kernel is the convolution at every position and group") {
  Conv plain;
  plain.output = 4;
  plain.kernel = {3, 2};
  Conv odd = plain;
  odd.stride = {2, 3};
  odd.pad = Pad(1, 2, 0, 1);
  odd.dilation = {2, 1};
  odd.group = 2;
  const Shape in{6, 9, 8};
  const auto x = reference::noise(in.count(), 1);
  for (const Conv& conv : {plain, odd}) {
    const Layer layer = layer_of(conv, in);
    const auto k = static_cast<std::size_t>(gemm_size(layer)->k);
    const auto weights = reference::noise(k * 4, 2);
    reference::each(layer.out, 1, [&](int, int c, int y, int ox) {
      const auto column = taps_of(layer, x, c, {y, ox});
      REQUIRE(column.size() == k);
      const DotProduct product = dot(column, kernel_row(layer, weights, c));
      CHECK(product.channels.size() == static_cast<std::size_t>(in.channels / conv.group));
      CHECK(product.sum ==
            doctest::Approx(reference::conv_at(conv, in, x, weights, {}, 0, c, y, ox)).epsilon(1e-12));
    });
  }
}

TEST_CASE("a column marks the zeros of the padding") {
  Conv conv;
  conv.output = 1;
  conv.kernel = {3, 3};
  conv.pad = Pad(1, 1);
  const Layer layer = layer_of(conv, {2, 4, 4});
  const std::vector<float> ones(32, 1.0F);
  const auto pads = [&](Position at) {
    int count = 0;
    for (const Tap& tap : taps_of(layer, ones, 0, at)) {
      CHECK(tap.value == (tap.pad ? 0.0F : 1.0F));
      CHECK(tap.pad == !reference::within(layer.in, tap.in_input.y, tap.in_input.x));
      count += tap.pad ? 1 : 0;
    }
    return count;
  };
  CHECK(pads({0, 0}) == 2 * 5);
  CHECK(pads({0, 1}) == 2 * 3);
  CHECK(pads({1, 1}) == 0);
  CHECK(pads({3, 3}) == 2 * 5);
}

TEST_CASE("the column of a fully-connected layer is its whole input in memory order") {
  FullyConnected fc;
  fc.output = 3;
  const Layer layer = layer_of(fc, {4, 2, 3});
  const auto x = reference::noise(24, 3);
  CHECK(values_of(taps_of(layer, x, 2, {})) == x);
  const auto weights = reference::noise(72, 4);
  const auto y = reference::gemm(3, 1, 24, weights, x);
  CHECK(dot(taps_of(layer, x, 2, {}), kernel_row(layer, weights, 2)).sum == doctest::Approx(y[2]));
}

TEST_CASE("the values of a pool are those of its window inside the input") {
  MaxPool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.pad = Pad(1, 1);
  const Shape in{2, 6, 7};
  const Layer layer = layer_of(pool, in);
  const auto x = reference::noise(in.count(), 5);
  const auto expected = reference::pool(pool, false, false, in, layer.out, 1, x);
  reference::each(layer.out, 1, [&](int, int c, int y, int ox) {
    const auto values = values_of(taps_of(layer, x, c, {y, ox}));
    CHECK(*std::ranges::max_element(values) == expected[reference::at(layer.out, 0, c, y, ox)]);
  });
}

TEST_CASE("local response normalisation reads the neighbouring channels that exist") {
  const Lrn lrn{.size = 5, .alpha = 0.5F, .beta = 0.75F, .k = 2.0F};
  const Shape in{7, 2, 3};
  const Layer layer = layer_of(lrn, in);
  const auto x = reference::noise(in.count(), 6);
  const auto expected = reference::lrn(lrn, in, 1, x);
  reference::each(in, 1, [&](int, int c, int y, int ox) {
    double sum = 0;
    for (const float value : values_of(taps_of(layer, x, c, {y, ox})))
      sum += std::pow(static_cast<double>(value), 2);
    const auto i = reference::at(in, 0, c, y, ox);
    CHECK(static_cast<double>(x[i]) * std::pow(2.0 + 0.1 * sum, -0.75) == doctest::Approx(expected[i]));
  });
}

TEST_CASE("other layers read one value, a whole plane or all channels") {
  const Shape in{3, 2, 2};
  const auto x = reference::noise(in.count(), 7);
  CHECK(values_of(taps_of(layer_of(Relu(), in), x, 2, {1, 0})) == std::vector<float>{x[10]});
  CHECK(values_of(taps_of(layer_of(Flatten(), in), x, 7, {})) == std::vector<float>{x[7]});
  CHECK(taps_of(layer_of(Flatten(), in), x, 7, {})[0].in_input == Position{1, 1});
  CHECK(values_of(taps_of(layer_of(GlobalAveragePool(), in), x, 1, {})) ==
        std::vector<float>(x.begin() + 4, x.begin() + 8));
  CHECK(values_of(taps_of(layer_of(Softmax(), in), x, 1, {0, 1})) == std::vector<float>{x[1], x[5], x[9]});
}
