// Small networks, their outputs by plain loops, and their outputs by an engine.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "layers/layers.hpp"
#include "reference.hpp"
#include "weights/float_buffer.hpp"

namespace alexnet::test {

// A square kernel with the same padding on every side.
inline Conv conv(int output, int kernel, int pad, int group = 1) {
  return {.output = output, .kernel = {kernel, kernel}, .pad = {pad, pad}, .group = group};
}

// Returns the layers with their shapes derived.
inline std::vector<Layer> stack(Shape in, const std::vector<LayerParams>& params) {
  std::vector<Layer> layers;
  for (const LayerParams& p : params) {
    layers.push_back({"layer" + std::to_string(layers.size()), p, in, output_shape(p, in)});
    in = layers.back().out;
  }
  return layers;
}

// Random weights; those of batch normalisation also differ per channel.
class VariedWeights : public Weights {
 public:
  std::span<const float> read(const WeightSpec& spec) override {
    if (spec.fan_in > 0) return random_->fetch(spec);
    std::vector<float>& values = values_[spec.name];
    if (values.empty()) {
      values = reference::noise(static_cast<std::size_t>(spec.dims[0]), spec.name.size());
      for (float& v : values) v = 0.5F + std::abs(v);
    }
    return values;
  }

 private:
  std::unique_ptr<Weights> random_ = random_weights(3);
  std::map<std::string, std::vector<float>> values_;
};

// Returns a layer's output, computed by plain loops, as N x C x H x W.
inline reference::Values oracle(const Layer& layer, Weights& weights, int batch, const reference::Values& x) {
  std::vector<reference::Values> tensors;
  for (const WeightSpec& spec : weight_specs(layer)) {
    const auto values = weights.fetch(spec);
    tensors.emplace_back(values.begin(), values.end());
  }
  tensors.resize(4);
  const Shape& in = layer.in;
  const Shape& out = layer.out;
  const auto each_element = [&](const auto& f) {
    reference::Values y;
    for (std::size_t i = 0; i < x.size(); ++i)
      y.push_back(f(x[i], i / in.plane() % static_cast<std::size_t>(in.channels)));
    return y;
  };
  if (const auto* p = std::get_if<Conv>(&layer.params))
    return reference::conv(*p, in, out, batch, x, tensors[0], tensors[1]);
  if (std::holds_alternative<FullyConnected>(layer.params)) {
    const Conv whole{.output = out.channels, .kernel = {in.height, in.width}};
    return reference::conv(whole, in, out, batch, x, tensors[0], tensors[1]);
  }
  if (const auto* p = std::get_if<MaxPool>(&layer.params))
    return reference::pool(*p, false, false, in, out, batch, x);
  if (const auto* p = std::get_if<AveragePool>(&layer.params))
    return reference::pool(*p, true, p->count_include_pad, in, out, batch, x);
  if (std::holds_alternative<GlobalAveragePool>(layer.params))
    return reference::pool({.kernel = {in.height, in.width}}, true, false, in, out, batch, x);
  if (std::holds_alternative<Relu>(layer.params))
    return each_element([](float v, std::size_t) { return std::max(v, 0.0F); });
  if (const auto* p = std::get_if<Clip>(&layer.params))
    return each_element([&](float v, std::size_t) { return std::clamp(v, p->min, p->max); });
  if (const auto* p = std::get_if<Lrn>(&layer.params)) return reference::lrn(*p, in, batch, x);
  if (const auto* p = std::get_if<BatchNorm>(&layer.params))
    return each_element([&](float v, std::size_t c) {
      return (v - tensors[2][c]) / std::sqrt(tensors[3][c] + p->epsilon) * tensors[0][c] + tensors[1][c];
    });
  if (std::holds_alternative<Softmax>(layer.params)) return reference::softmax(in, batch, x);
  return x;  // dropout, flatten
}

// Runs `batch` images through the engine in an arena for max_batch images that is filled with NaN. Also
// stores the output of each step (N x C x H x W) if `steps` is given.
inline reference::Values forward(const Engine& engine, const std::vector<Layer>& layers, int max_batch,
                                 int batch, const reference::Values& x,
                                 std::map<std::size_t, reference::Values>* steps = nullptr) {
  const std::size_t count = arena_padded(engine.arena_count(max_batch));
  const FloatBuffer arena = allocate_floats(count);
  std::fill_n(arena.get(), count, std::nanf(""));
  std::ranges::copy(x, arena.get());
  Observer observer;
  if (steps != nullptr)
    observer = [&](std::size_t step, const Activation& output, const Interval&) {
      const std::size_t size = output.shape.count();
      CHECK(output.shape == layers[engine.steps()[step].last].out);
      reference::Values& all = (*steps)[step];
      all.resize(size * static_cast<std::size_t>(batch));
      output.copy_nchw(std::span(all).subspan(static_cast<std::size_t>(output.first) * size,
                                              static_cast<std::size_t>(output.count) * size));
    };
  const auto y = engine.forward(arena.get(), max_batch, batch, observer);
  return {y.begin(), y.end()};
}

}  // namespace alexnet::test
