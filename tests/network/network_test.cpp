#include <doctest/doctest.h>

#include <limits>

#include "alexnet/error.hpp"
#include "alexnet/network.hpp"
#include "alexnet/profile.hpp"
#include "layers/layers.hpp"
#include "network/model.hpp"
#include "reference.hpp"

using namespace alexnet;

namespace {

// Returns the layers with their shapes derived.
std::vector<Layer> stack(Shape in, const std::vector<LayerParams>& params) {
  std::vector<Layer> layers;
  for (const LayerParams& p : params) {
    layers.push_back({"layer" + std::to_string(layers.size()), p, in, output_shape(p, in)});
    in = layers.back().out;
  }
  return layers;
}

reference::Values forward(const Network& network, int batch, const reference::Values& x) {
  Workspace workspace(network, batch);
  std::ranges::copy(x, workspace.input().begin());
  const auto y = network.forward(workspace, batch);
  return {y.begin(), y.end()};
}

reference::Values values(Weights& weights, const Layer& layer, std::size_t which) {
  const auto v = weights.fetch(weight_specs(layer)[which]);
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("a convolution agrees with plain loops for odd sizes and all parameters") {
  struct Case {
    Shape in;
    int batch;
    Conv conv;
  };
  const Case cases[] = {
      {{3, 17, 13}, 1, {.output = 5, .kernel = {3, 3}, .pad = {1, 1}}},
      {{4, 9, 11}, 2, {.output = 6, .kernel = {2, 3}, .stride = {2, 1}, .pad = {0, 2}, .group = 2}},
      {{6, 12, 7},
       3,
       {.output = 6, .kernel = {3, 3}, .pad = {2, 2}, .dilation = {2, 2}, .group = 6, .bias = false}},
      {{2, 40, 41}, 1, {.output = 70, .kernel = {5, 5}, .stride = {1, 2}, .pad = {2, 2}}},
      {{96, 27, 27}, 1, {.output = 32, .kernel = {5, 5}, .pad = {2, 2}, .group = 2}},
      {{3, 5, 5}, 2, {.output = 1, .kernel = {5, 5}}},
      {{3, 10, 12}, 2, {.output = 4, .kernel = {3, 4}, .stride = {2, 2}, .pad = {0, 1, 2, 3}}},
  };
  for (const auto& [in, batch, conv] : cases) {
    CAPTURE(to_string(in));
    const auto layers = stack(in, {conv});
    const auto weights = random_weights(3);
    const auto weight = values(*weights, layers[0], 0);
    const auto bias = conv.bias ? values(*weights, layers[0], 1) : reference::Values();
    const auto x = reference::noise(in.count() * static_cast<std::size_t>(batch), 4);
    const Network network(layers, random_weights(3));
    CHECK(reference::difference(forward(network, batch, x),
                                reference::conv(conv, in, layers[0].out, batch, x, weight, bias)) < 1e-5);
  }
}

TEST_CASE("a fully-connected layer gives the same results for one image and for several") {
  const Shape in{7, 3, 5};
  for (const int batch : {1, 2, 5}) {
    const auto layers = stack(in, {FullyConnected{203}});
    const auto weights = random_weights(3);
    const auto weight = values(*weights, layers[0], 0);
    const auto bias = values(*weights, layers[0], 1);
    const auto x = reference::noise(in.count() * static_cast<std::size_t>(batch), 4);
    // A fully-connected layer is a convolution whose kernel is as large as its input.
    const Conv conv{.output = 203, .kernel = {in.height, in.width}};
    const Network network(layers, random_weights(3));
    CHECK(reference::difference(forward(network, batch, x),
                                reference::conv(conv, in, {203, 1, 1}, batch, x, weight, bias)) < 1e-5);
  }
}

TEST_CASE("pooling, lrn and softmax process every image of a batch") {
  const Shape in{6, 9, 9};
  const int batch = 3;
  const MaxPool max{{{3, 3}, {2, 2}, {0, 0}, true}};
  const auto layers = stack(in, {Lrn{}, max, Softmax{}});
  const auto x = reference::noise(in.count() * batch, 5);
  const auto normed = reference::lrn(Lrn{}, in, batch, x);
  const auto pooled = reference::pool(max, false, false, in, layers[1].out, batch, normed);
  const auto expected = reference::softmax(layers[1].out, batch, pooled);
  CHECK(reference::difference(forward(Network(layers, random_weights(1)), batch, x), expected) < 1e-5);
}

TEST_CASE("batch normalisation is folded into a convolution before it and kept after a pool") {
  const Network network(stack({3, 8, 8}, {Conv{.output = 4, .kernel = {3, 3}}, BatchNorm{},
                                          MaxPool{{{2, 2}, {2, 2}}}, BatchNorm{}}),
                        random_weights(1));
  const std::vector<Step>& steps = network.steps();
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].last == 1);
  CHECK(steps[2].first == 3);
}

TEST_CASE("a variance that is not positive is refused with the tensor's name") {
  // Weights whose tensors are all -1.
  class MinusOnes : public Weights {
   public:
    std::span<const float> read(const WeightSpec&) override { return values_; }

   private:
    std::vector<float> values_ = std::vector<float>(3, -1.0F);
  };
  CHECK_THROWS_WITH_AS(Network(stack({3, 4, 4}, {BatchNorm{}}), std::make_unique<MinusOnes>()),
                       doctest::Contains("layer0.running_var: is -1"), ModelError);
}

TEST_CASE("networks of one model share its weights and agree with either engine") {
  const Model model = load_model(ALEXNET_SOURCE_DIR "/models/tiny-alexnet");
  const Network eigen = make_network(model, std::nullopt, {.engine = EngineKind::eigen});
  const Network packed = make_network(model, std::nullopt, {.engine = EngineKind::packed});
  CHECK(model.weights.use_count() == 3);
  CHECK(eigen.engine_name() == "eigen");
  const auto x = reference::noise(eigen.input_shape().count(), 4);
  CHECK(reference::difference(forward(packed, 1, x), forward(eigen, 1, x)) < 1e-4);
}

TEST_CASE("a workspace can be used for smaller batches") {
  const Network network(stack({3, 8, 8}, {Conv{.output = 4, .kernel = {3, 3}}, FullyConnected{5}}),
                        random_weights(1));
  const auto x = reference::noise(3 * 64 * 4, 6);
  Workspace workspace(network, 4);
  std::ranges::copy(x, workspace.input().begin());
  const auto one = network.forward(workspace, 1);
  REQUIRE(one.size() == 5);
  const reference::Values first(one.begin(), one.end());
  CHECK(reference::difference(first, forward(network, 1, x)) == 0.0);
}

TEST_CASE("a profile has a sample for every layer and run") {
  const Network network(stack({3, 8, 8}, {Conv{.output = 4, .kernel = {3, 3}}, Relu{}, FullyConnected{5}}),
                        random_weights(1));
  Workspace workspace(network, 2);
  std::ranges::fill(workspace.input(), 0.5F);
  const Profiled both[]{{network, workspace}, {network, workspace}};
  const std::vector<Profile> profiles = profile(both, {2, 3, 1});
  REQUIRE(profiles.size() == 2);
  const Profile& p = profiles.back();
  CHECK(p.plain_ms.size() == 3);
  CHECK(p.profiled_ms.size() == 3);
  REQUIRE(p.steps_ms.size() == network.steps().size());
  for (const auto& samples : p.steps_ms) CHECK(samples.size() == 3);
}

TEST_CASE("the mean of rows is computed in double, and one row is its own mean") {
  // In float the first number would absorb the second and third.
  const std::vector<float> rows{16777216.0F, 1.0F, 1.0F, 2.0F, 1.0F, 3.0F, 6.0F, 2.0F};
  CHECK(mean_of_rows(rows, 4) == std::vector<float>{4194306.0F, 2.0F});
  const std::vector<float> one{0.1F, std::numeric_limits<float>::denorm_min(), 1.0F};
  CHECK(mean_of_rows(one, 1) == one);
}
