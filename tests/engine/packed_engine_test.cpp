// The packed engine, at every SIMD level, compared with plain loops.
#include "engine/packed_engine.hpp"
#include "engine/engine.hpp"
#include "layers/layers.hpp"

#include <doctest/doctest.h>

#include "engine/networks.hpp"

using namespace alexnet;
using kernels::packed::levels;
using test::conv;

namespace {

struct Case {
  std::string name;
  Shape in;
  std::vector<LayerParams> layers;
};

const MaxPool kPool{{{3, 3}, {2, 2}, {0, 0}, true}};

std::vector<Case> cases() {
  return {
      {"a small AlexNet",
       {3, 19, 17},
       {conv(20, 3, 1), Relu{}, kPool, Lrn{}, conv(33, 5, 2), Clip{-0.1F, 0.4F}, kPool, conv(16, 3, 1),
        Relu{}, Flatten{}, FullyConnected{37}, Relu{}, Dropout{}, FullyConnected{10}, Softmax{}}},
      {"Winograd's forms, with groups",
       {3, 14, 13},
       {conv(32, 1, 0), conv(48, 3, 1), Relu{}, conv(35, 5, 2), conv(96, 1, 0), conv(70, 3, 0, 2),
        Clip{-0.5F, 1.0F}, conv(64, 3, 2), conv(30, 5, 1, 2), GlobalAveragePool{}, FullyConnected{5}}},
      {"strides, dilations and groups from the first layer on",
       {6, 15, 11},
       {Conv{.output = 9, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 3}, .group = 3},
        Conv{.output = 40, .kernel = {2, 3}, .stride = {1, 2}, .dilation = {2, 3}, .bias = false},
        Conv{.output = 40, .kernel = {3, 3}, .pad = {2, 2}, .dilation = {2, 2}, .group = 40}, Relu{}}},
      {"a pool first, no fully-connected layer",
       {5, 9, 12},
       {kPool, Clip{-0.5F, 0.5F}, conv(18, 3, 1), AveragePool{{{3, 3}, {2, 2}, {1, 1}}, true}, BatchNorm{},
        AveragePool{{{2, 2}, {1, 1}, {1, 0}}, false}, Softmax{}}},
      {"a local response normalisation first", {21, 5, 4}, {Lrn{4, 0.5F, 0.5F, 2.0F}, GlobalAveragePool{}}},
      {"a fully-connected layer first",
       {7, 3, 5},
       {FullyConnected{70}, Relu{}, FullyConnected{3}, Softmax{}}},
      {"flatten first", {2, 3, 2}, {Flatten{}, Clip{-0.25F, 0.5F}, FullyConnected{4}}},
      {"batch normalisation first",
       {4, 6, 6},
       {BatchNorm{}, Relu{}, conv(8, 3, 0), BatchNorm{}, BatchNorm{}}},
      {"dropout first", {3, 6, 7}, {Dropout{}, conv(17, 3, 1), Dropout{}, Relu{}, FullyConnected{5}}},
      {"relu alone", {3, 2, 2}, {Relu{}}},
      {"flatten alone", {3, 2, 3}, {Flatten{}}},
      {"convolutions after a fully-connected layer",
       {3, 7, 7},
       {conv(5, 3, 0), FullyConnected{32}, Lrn{}, conv(20, 1, 0), Clip{-1.0F, 1.0F}, conv(16, 3, 1), Relu{},
        conv(8, 3, 1), BatchNorm{}, Flatten{}, FullyConnected{6}, Softmax{}}},
  };
}

struct Expected {
  int max_batch, batch;
  reference::Values x;
  std::vector<reference::Values> outputs;
};

// Returns results by plain loops for several batches, in arenas of the exact size or larger.
std::vector<Expected> expected_of(const std::vector<Layer>& layers) {
  test::VariedWeights weights;
  std::vector<Expected> all;
  for (const auto& [max_batch, batch] : {std::pair{1, 1}, {3, 3}, {9, 9}, {9, 2}, {17, 17}}) {
    Expected e{
        max_batch, batch, reference::noise(layers[0].in.count() * static_cast<std::size_t>(batch), 5), {}};
    for (const Layer& layer : layers)
      e.outputs.push_back(test::oracle(layer, weights, batch, e.outputs.empty() ? e.x : e.outputs.back()));
    all.push_back(std::move(e));
  }
  return all;
}

void check(const Engine& engine, const std::vector<Layer>& layers, const Expected& e, double tolerance) {
  CAPTURE(e.batch);
  std::map<std::size_t, reference::Values> steps;
  const auto y = test::forward(engine, layers, e.max_batch, e.batch, e.x, &steps);
  CHECK(reference::difference(y, e.outputs.back()) < tolerance);
  CHECK(test::forward(engine, layers, e.max_batch, e.batch, e.x) == y);
  CHECK(steps.size() == engine.steps().size());
  for (const auto& [step, output] : steps) {
    CAPTURE(step);
    CHECK(reference::difference(output, e.outputs[engine.steps()[step].last]) < tolerance);
  }
}

// Returns the weights as a Network passes them to the engine; `folded` keeps folded weights alive.
std::vector<LayerWeights> ready_weights(const std::vector<Layer>& layers, Weights& weights,
                                        std::vector<std::vector<float>>& folded) {
  folded.reserve(4 * layers.size());
  const auto keep = [&](std::vector<float> values) -> std::span<const float> {
    return folded.emplace_back(std::move(values));
  };
  std::vector<LayerWeights> ready(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto specs = weight_specs(layers[i]);
    const auto* norm = std::get_if<BatchNorm>(&layers[i].params);
    if (norm == nullptr) {
      if (!specs.empty()) ready[i].weight = {Storage::f32, weights.fetch(specs[0]).data()};
      if (specs.size() > 1) ready[i].bias = weights.fetch(specs[1]);
      continue;
    }
    std::vector<float> scale;
    std::vector<float> shift;
    for (std::size_t c = 0; c < weights.fetch(specs[0]).size(); ++c) {
      scale.push_back(weights.fetch(specs[0])[c] / std::sqrt(weights.fetch(specs[3])[c] + norm->epsilon));
      shift.push_back(weights.fetch(specs[1])[c] - weights.fetch(specs[2])[c] * scale[c]);
    }
    if (i > 0 && std::holds_alternative<Conv>(layers[i - 1].params)) {
      const auto whole = weights.fetch(weight_specs(layers[i - 1])[0]);
      std::vector<float> w(whole.begin(), whole.end());
      for (std::size_t j = 0; j < w.size(); ++j) w[j] *= scale[j / (w.size() / scale.size())];
      for (std::size_t c = 0; c < shift.size(); ++c) shift[c] += ready[i - 1].bias[c] * scale[c];
      ready[i - 1] = {{Storage::f32, keep(w).data()}, keep(shift)};
      ready[i].folded = true;
    } else {
      ready[i] = {{Storage::f32, keep(scale).data()}, keep(shift)};
    }
  }
  return ready;
}

}  // namespace

TEST_CASE("each step of the packed engine agrees with plain loops at every CPU level") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const auto layers = test::stack(c.in, c.layers);
    test::VariedWeights weights;
    std::vector<std::vector<float>> folded;
    const auto ready = ready_weights(layers, weights, folded);
    const auto expected = expected_of(layers);
    for (const auto& kernels : levels())
      for (const ConvMethod method : {ConvMethod::gemm, ConvMethod::winograd}) {
        const std::string level(kernels.level);
        CAPTURE(level);
        CAPTURE(method == ConvMethod::winograd);
        const PackedEngine engine(kernels, layers, &ready, {EngineKind::packed, method});
        for (const Expected& e : expected)
          check(engine, layers, e, method == ConvMethod::winograd ? 1e-4 : 1e-5);
      }
  }
}
