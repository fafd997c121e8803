// Convolutions whose kernels are partly zeros, as those of merged Fire modules: they run in parts.
#include <doctest/doctest.h>

#include <cstring>

#include "engine/conv_part.hpp"
#include "engine/networks.hpp"
#include "engine/packed_engine.hpp"
#include "weights/half.hpp"

using namespace alexnet;
using kernels::packed::levels;

namespace {

// Outputs whose weights are zero outside a window of the kernel.
struct Window {
  int outputs, y, x, height, width;
};

reference::Values weights_of(const Layer& layer, const std::vector<Window>& windows) {
  const auto& conv = std::get<Conv>(layer.params);
  const int taps = conv.kernel.h * conv.kernel.w;
  reference::Values all =
      reference::noise(static_cast<std::size_t>(conv.output * layer.in.channels * taps), 4);
  std::size_t i = 0;
  for (const Window& w : windows)
    for (int j = 0; j < w.outputs * layer.in.channels * taps; ++j, ++i) {
      const int y = j % taps / conv.kernel.w - w.y;
      const int x = j % conv.kernel.w - w.x;
      if (y < 0 || y >= w.height || x < 0 || x >= w.width) all[i] = 0;
    }
  CHECK(i == all.size());
  return all;
}

struct PartCase {
  std::string name;
  Conv conv;
  std::vector<Window> windows;
  std::size_t parts;
};

std::vector<PartCase> part_cases() {
  const Conv three{.output = 40, .kernel = {3, 3}, .pad = {1, 1}};
  const Conv five{.output = 53, .kernel = {5, 5}, .pad = {2, 2}};
  Conv strided{.output = 35, .kernel = {3, 5}, .stride = {2, 1}, .pad = {1, 2, 4, 4}, .dilation = {1, 2}};
  Conv groups = three;
  groups.group = 2;
  const std::vector<Window> fire{{16, 1, 1, 1, 1}, {24, 0, 0, 3, 3}};
  return {
      {"1 x 1 beside 3 x 3", three, fire, 2},
      {"3 x 3 beside 1 x 1", three, {{24, 0, 0, 3, 3}, {16, 1, 1, 1, 1}}, 2},
      {"1 x 1, 3 x 3 and 5 x 5", five, {{16, 2, 2, 1, 1}, {20, 1, 1, 3, 3}, {17, 0, 0, 5, 5}}, 3},
      {"windows of one row and one column", strided, {{17, 0, 1, 1, 4}, {18, 1, 0, 2, 5}}, 2},
      {"kernels of nothing but zeros join their neighbours",
       three,
       {{16, 1, 1, 1, 1}, {1, 0, 0, 0, 0}, {23, 0, 0, 3, 3}},
       2},
      {"dense kernels", three, {{40, 0, 0, 3, 3}}, 1},
      {"fewer outputs than a vector", three, {{15, 1, 1, 1, 1}, {25, 0, 0, 3, 3}}, 1},
      {"a window outside which there is no padding to drop", three, {{16, 0, 0, 1, 1}, {24, 0, 0, 3, 3}}, 1},
      {"zeros alone", three, {{40, 0, 0, 0, 0}}, 1},
      {"groups", groups, fire, 1},
  };
}

}  // namespace

TEST_CASE("a convolution is divided where the window of its kernels changes") {
  for (const PartCase& c : part_cases()) {
    CAPTURE(c.name);
    Layer layer = test::stack({16, 13, 11}, {c.conv})[0];
    if (c.conv.group > 1) layer.in.channels /= c.conv.group;  // of a group
    const reference::Values w = weights_of(layer, c.windows);
    const auto parts = parts_of(layer, {Storage::f32, w.data()});
    REQUIRE(parts.size() == c.parts);
    int next = 0;
    for (const ConvPart& part : parts) {
      CHECK(part.first == next);
      next += part.count;
    }
    CHECK(next == c.conv.output);
  }
}

TEST_CASE("zeros are found in weights of every stored type") {
  const Layer layer = test::stack({16, 5, 5}, {Conv{.output = 40, .kernel = {3, 3}, .pad = {1, 1}}})[0];
  const reference::Values w = weights_of(layer, {{16, 1, 1, 1, 1}, {24, 0, 0, 3, 3}});
  std::vector<std::uint16_t> half(w.size());
  std::vector<std::int8_t> byte(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    half[i] = w[i] == 0 ? (i % 2 == 0 ? 0x8000 : 0) : 0x3C00;  // both zeros of a half
    byte[i] = w[i] == 0 ? 0 : -1;
  }
  const std::vector<float> scales(40, 1.0F);
  for (const StoredView& view :
       {StoredView{Storage::f16, half.data()}, StoredView{Storage::bf16, half.data()},
        StoredView{Storage::i8, byte.data(), scales}}) {
    const auto parts = parts_of(layer, view);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].kernel == Size2{1, 1});
    CHECK(parts[0].at == Size2{1, 1});
    CHECK(parts[1].kernel == Size2{3, 3});
  }
}

TEST_CASE("a convolution in parts agrees with plain loops at every CPU level") {
  for (const PartCase& c : part_cases()) {
    if (c.parts == 1) continue;
    CAPTURE(c.name);
    for (const bool first : {true, false}) {  // the network's input has planes, a later one channels last
      const Shape in{16, 13, 11};
      const auto layers = first ? test::stack(in, {c.conv, Clip{-0.4F, 50.0F}})
                                : test::stack(in, {Relu{}, c.conv, Clip{-0.4F, 50.0F}});
      const Layer& layer = layers[first ? 0 : 1];
      const reference::Values w = weights_of(layer, c.windows);
      const reference::Values bias = reference::noise(static_cast<std::size_t>(c.conv.output), 6);
      std::vector<LayerWeights> weights(layers.size());
      weights[first ? 0 : 1] = {{Storage::f32, w.data()}, bias};
      constexpr int kBatch = 9;
      const auto x = reference::noise(in.count() * kBatch, 5);
      auto expected = x;
      if (!first)
        for (float& v : expected) v = std::max(v, 0.0F);
      expected = reference::conv(c.conv, in, layer.out, kBatch, expected, w, bias);
      for (float& v : expected) v = std::clamp(v, -0.4F, 50.0F);
      for (const auto& kernels : levels())
        for (const ConvMethod method : {ConvMethod::gemm, ConvMethod::winograd}) {
          const std::string level(kernels.level);
          CAPTURE(level);
          const PackedEngine engine(kernels, layers, &weights, {EngineKind::packed, method});
          CHECK(reference::difference(test::forward(engine, layers, kBatch, kBatch, x), expected) < 1e-4);
        }
    }
  }
}

TEST_CASE("a step of several parts states all methods and fewer multiplications") {
  const Conv fire{.output = 128, .kernel = {3, 3}, .pad = {1, 1}};
  const auto layers = test::stack({16, 27, 27}, {Relu{}, fire});
  const reference::Values w = weights_of(layers[1], {{64, 1, 1, 1, 1}, {64, 0, 0, 3, 3}});
  const reference::Values bias(128);
  const std::vector<LayerWeights> weights{{}, {{Storage::f32, w.data()}, bias}};
  const auto& kernels = kernels::packed::best();
  const Step plain = PackedEngine(kernels, layers, nullptr, {.conv = ConvMethod::gemm}).steps().back();
  const Step step = PackedEngine(kernels, layers, &weights, {.conv = ConvMethod::gemm}).steps().back();
  CHECK(plain.method == "GEMM");
  CHECK(step.method == "GEMM + GEMM");
  CHECK(plain.multiply_adds == 128 * 144 * 27 * 27);
  CHECK(step.multiply_adds == 64 * (16 + 144) * 27 * 27);
}
