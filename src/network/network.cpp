#include "network/network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

#include "core/error.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kAlign = 64;  // bytes: a cache line, and the widest vector

std::size_t padded(std::size_t floats) {
  return (floats * sizeof(float) + kAlign - 1) / kAlign * kAlign / sizeof(float);
}

std::size_t patch_matrix_count(const Layer& layer) {
  if (!std::holds_alternative<Conv>(layer.params)) return 0;
  const GemmSize g = *gemm_size(layer);
  return static_cast<std::size_t>(g.k) * static_cast<std::size_t>(g.n);
}

}  // namespace

void Workspace::Free::operator()(float* memory) const { std::free(memory); }

Workspace::Workspace(const Network& network, int max_batch)
    : max_batch_(max_batch), input_count_(network.input_shape().count()) {
  std::size_t activation = input_count_;
  std::size_t patches = 0;
  for (const Layer& layer : network.layers()) {
    activation = std::max(activation, layer.out.count());
    patches = std::max(patches, patch_matrix_count(layer));
  }
  activation = padded(activation * static_cast<std::size_t>(max_batch));
  const std::size_t total = 2 * activation + padded(patches);
  memory_.reset(static_cast<float*>(std::aligned_alloc(kAlign, total * sizeof(float))));
  if (!memory_) throw std::bad_alloc();
  activations_[0] = memory_.get();
  activations_[1] = memory_.get() + activation;
  patches_ = memory_.get() + 2 * activation;
}

std::span<float> Workspace::input() {
  return {activations_[0], input_count_ * static_cast<std::size_t>(max_batch_)};
}

Network::Network(std::vector<Layer> layers, std::unique_ptr<Weights> weights)
    : layers_(std::move(layers)), weights_(std::move(weights)), steps_(layers_.size()) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (std::holds_alternative<BatchNorm>(layers_[i].params)) {
      fold_batch_norm(i);
      continue;
    }
    const std::vector<WeightSpec> specs = weight_specs(layers_[i]);
    if (!specs.empty()) steps_[i].weight = weights_->fetch(specs[0]);
    if (specs.size() > 1) steps_[i].bias = weights_->fetch(specs[1]);
  }
}

std::span<const float> Network::keep(std::vector<float> values) {
  return folded_.emplace_back(std::move(values));
}

// y = (x - mean) / sqrt(var + epsilon) * weight + bias is x * scale + shift for each channel; after a conv or
// fc with x = W v + b that is (scale W) v + (scale b + shift).
void Network::fold_batch_norm(std::size_t layer) {
  const std::vector<WeightSpec> specs = weight_specs(layers_[layer]);
  const auto weight = weights_->fetch(specs[0]);
  const auto bias = weights_->fetch(specs[1]);
  const auto mean = weights_->fetch(specs[2]);
  const auto var = weights_->fetch(specs[3]);
  const float epsilon = std::get<BatchNorm>(layers_[layer].params).epsilon;
  const std::size_t channels = weight.size();
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    if (var[c] + epsilon <= 0.0F)
      throw ModelError(weights_->file(), specs[3].name,
                       "is " + std::to_string(var[c]) + " for channel " + std::to_string(c) +
                           "; with epsilon added, a variance must be greater than 0");
    scale[c] = weight[c] / std::sqrt(var[c] + epsilon);
    shift[c] = bias[c] - mean[c] * scale[c];
  }
  Step* before = layer > 0 ? &steps_[layer - 1] : nullptr;
  const bool foldable =
      before != nullptr && (std::holds_alternative<Conv>(layers_[layer - 1].params) ||
                            std::holds_alternative<FullyConnected>(layers_[layer - 1].params));
  if (!foldable) {
    steps_[layer] = {keep(std::move(scale)), keep(std::move(shift)), false};
    return;
  }
  std::vector<float> w(before->weight.begin(), before->weight.end());
  const std::size_t row =
      w.size() / channels;  // NOLINT(clang-analyzer-core.DivideZero): every layer has channels
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < row; ++i) w[c * row + i] *= scale[c];
    if (!before->bias.empty()) shift[c] += before->bias[c] * scale[c];
  }
  *before = {keep(std::move(w)), keep(std::move(shift)), false};
  steps_[layer].folded = true;
}

std::string Network::find_nan() const {
  for (const Layer& layer : layers_)
    for (const WeightSpec& spec : weight_specs(layer))
      if (std::ranges::any_of(weights_->fetch(spec), [](float v) { return std::isnan(v); })) return spec.name;
  return "";
}

}  // namespace alexnet
