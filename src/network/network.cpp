#include "alexnet/network.hpp"
#include "layers/layers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "alexnet/error.hpp"
#include "core/memory.hpp"
#include "engine/engine.hpp"
#include "weights/float_buffer.hpp"
#include "weights/weights.hpp"

namespace alexnet {
namespace {

using Folded = std::vector<std::vector<float>>;

// Computes scale and shift, so that y = (x - mean) / sqrt(var + epsilon) * weight + bias becomes x * scale +
// shift per channel. After a conv or fc layer with x = W v + b, folds them into that layer: y = (scale W) v +
// (scale b + shift).
void fold_batch_norm(const std::vector<Layer>& layers, std::size_t layer, Weights& weights, Folded& folded,
                     std::vector<LayerWeights>& all) {
  const auto keep = [&folded](std::vector<float> values) -> std::span<const float> {
    return folded.emplace_back(std::move(values));
  };
  const std::vector<WeightSpec> specs = weight_specs(layers[layer]);
  const auto weight = weights.fetch(specs[0]);
  const auto bias = weights.fetch(specs[1]);
  const auto mean = weights.fetch(specs[2]);
  const auto var = weights.fetch(specs[3]);
  const float epsilon = std::get<BatchNorm>(layers[layer].params).epsilon;
  const std::size_t channels = weight.size();
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    if (var[c] + epsilon <= 0.0F)
      throw ModelError(weights.file(), specs[3].name,
                       "is " + std::to_string(var[c]) + " for channel " + std::to_string(c) +
                           "; with epsilon added, a variance must be greater than 0");
    scale[c] = weight[c] / std::sqrt(var[c] + epsilon);
    shift[c] = bias[c] - mean[c] * scale[c];
  }
  if (layer == 0 || !multiplies(layers[layer - 1].params)) {
    all[layer] = {{Storage::f32, keep(std::move(scale)).data()}, keep(std::move(shift))};
    return;
  }
  const auto before = weights.fetch(weight_specs(layers[layer - 1])[0]);
  const auto before_bias = all[layer - 1].bias;
  std::vector<float> w(before.begin(), before.end());
  // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): every layer has channels
  const std::size_t row = w.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < row; ++i) w[c * row + i] *= scale[c];
    if (!before_bias.empty()) shift[c] += before_bias[c] * scale[c];
  }
  all[layer - 1] = {{Storage::f32, keep(std::move(w)).data()}, keep(std::move(shift))};
  all[layer].folded = true;
}

std::vector<LayerWeights> fetch_weights(const std::vector<Layer>& layers, Weights& weights, EngineKind engine,
                                        Folded& folded) {
  std::vector<LayerWeights> all(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (std::holds_alternative<BatchNorm>(layers[i].params)) {
      fold_batch_norm(layers, i, weights, folded, all);
      continue;
    }
    const std::vector<WeightSpec> specs = weight_specs(layers[i]);
    if (!specs.empty())
      all[i].weight = engine == EngineKind::eigen ? StoredView{Storage::f32, weights.fetch(specs[0]).data()}
                                                  : weights.view(specs[0]);
    if (specs.size() > 1) all[i].bias = weights.fetch(specs[1]);
  }
  return all;
}

}  // namespace

void Workspace::Free::operator()(float* memory) const { std::free(memory); }

Workspace::Workspace(const Network& network, int max_batch)
    : max_batch_(max_batch), input_count_(network.input_shape().count()) {
  const std::size_t count = network.engine().arena_count(max_batch);
  require_memory(count * sizeof(float),
                 "a pass of " + std::to_string(max_batch) + (max_batch == 1 ? " image" : " images"));
  arena_.reset(allocate_floats(count).release());
}

std::span<float> Workspace::input() {
  return {arena_.get(), input_count_ * static_cast<std::size_t>(max_batch_)};
}

Network::Network(std::vector<Layer> layers, std::shared_ptr<Weights> weights, const EngineOptions& options)
    : layers_(std::move(layers)), weights_(std::move(weights)) {
  EngineKind engine = options.engine;
  if (engine == EngineKind::packed && !packed_runs(layers_)) {
    engine = EngineKind::eigen;
    notes_.emplace_back("the engine is eigen, because packed does not support these layers");
  }
  std::vector<LayerWeights> ready = fetch_weights(layers_, *weights_, engine, folded_);
  engine_ = engine == EngineKind::eigen ? make_eigen_engine(layers_, std::move(ready), options)
                                        : make_packed_engine(layers_, ready, options);
}

Network::Network(Network&& other) noexcept = default;
Network& Network::operator=(Network&& other) noexcept = default;
Network::~Network() = default;

const std::vector<Step>& Network::steps() const { return engine_->steps(); }

std::string_view Network::engine_name() const { return engine_->name(); }

std::span<const float> Network::forward(Workspace& workspace, int batch, const Observer& observer) const {
  return engine_->forward(workspace.arena_.get(), workspace.max_batch_, batch, observer);
}

std::string Network::find_nan() const {
  for (const Layer& layer : layers_)
    for (const WeightSpec& spec : weight_specs(layer))
      if (std::ranges::any_of(weights_->fetch(spec), [](float v) { return std::isnan(v); })) return spec.name;
  return "";
}

}  // namespace alexnet
