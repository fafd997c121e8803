#include <doctest/doctest.h>

#include "alexnet/network.hpp"
#include "engine/engine.hpp"
#include "engine/networks.hpp"

using namespace alexnet;

namespace {

Network packed(const std::vector<Layer>& layers) {
  return {layers, random_weights(3), {EngineKind::packed, ConvMethod::automatic}};
}

}  // namespace

TEST_CASE("a convolution that pads a 1 x 1 map after a fully-connected layer runs with eigen") {
  const Conv wide{.output = 5, .kernel = {1, 1}, .pad = {1, 2}};
  const Conv narrow{.output = 8, .kernel = {2, 2}};
  for (const LayerParams& last :
       {LayerParams(FullyConnected{7}), LayerParams(Flatten{}), LayerParams(MaxPool{{{2, 2}, {1, 1}}})}) {
    const auto layers = test::stack({3, 4, 4}, {FullyConnected{6}, wide, Relu{}, narrow, last});
    const Network network = packed(layers);
    CHECK(network.engine_name() == "eigen");
    auto expected = reference::noise(layers[0].in.count() * 2, 4);
    const auto y = test::forward(network.engine(), layers, 2, 2, expected);
    const auto weights = random_weights(3);
    for (const Layer& layer : layers) expected = test::oracle(layer, *weights, 2, expected);
    CHECK(reference::difference(y, expected) < 1e-5);
  }
}

TEST_CASE("packed runs if activations stay 1 x 1 after a flatten or fully-connected layer") {
  const Conv wide{.output = 2, .kernel = {1, 1}, .pad = {1, 1}};
  CHECK_FALSE(packed_runs(test::stack({3, 4, 4}, {Flatten{}, wide})));
  CHECK(packed_runs(test::stack({3, 4, 4}, {wide, Flatten{}})));
  CHECK(packed_runs(test::stack({3, 4, 4}, {FullyConnected{3}, Conv{.output = 2, .kernel = {1, 1}}})));
  CHECK(packed_runs(test::stack({3, 4, 4}, {Conv{.output = 2, .kernel = {4, 4}}, wide, Relu{}})));
}

TEST_CASE("a convolution with a huge padded input runs with eigen") {
  constexpr int kFar = 65535;
  const auto layers = test::stack(
      {1, 1, 1}, {Conv{.output = 1, .kernel = {1, 1}, .stride = {kFar, kFar}, .pad = {kFar, kFar}}});
  const Network network = packed(layers);
  CHECK(network.engine_name() == "eigen");
  const auto y = test::forward(network.engine(), layers, 1, 1, {1.0F});
  REQUIRE(y.size() == 9);
  CHECK(y[4] != y[0]);
}

TEST_CASE("layers whose batch exceeds the range of int run with eigen") {
  CHECK_FALSE(packed_runs(test::stack({1, 1, 1 << 30}, {Relu{}})));
  CHECK_FALSE(packed_runs(test::stack({1, 1 << 29, 1}, {Relu{}})));
  CHECK_FALSE(packed_runs(test::stack({1, 1 << 13, 1 << 13}, {Conv{.output = 16, .kernel = {1, 1}}})));
  CHECK(packed_runs(test::stack({16, 1 << 11, 1 << 11}, {Relu{}})));
}
