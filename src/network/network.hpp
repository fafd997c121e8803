// A network that runs: layers with their weights. Immutable, so that any number of threads may share one.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

class Network;

// The memory that one forward pass needs: two activations and one patch matrix. One pass at a time.
class Workspace {
 public:
  Workspace(const Network& network, int max_batch);

  // Where the input goes: batch x C x H x W.
  std::span<float> input();

 private:
  friend class Network;
  struct Free {
    void operator()(float* memory) const;
  };
  int max_batch_;
  std::size_t input_count_;
  std::unique_ptr<float[], Free> memory_;
  float* activations_[2];
  float* patches_;
};

// Told after each layer: its index, its output (batch x C x H x W, valid during the call) and the time it
// took.
using Observer =
    std::function<void(std::size_t layer, std::span<const float> output, std::chrono::nanoseconds elapsed)>;

class Network {
 public:
  // Fetches every layer's weights and folds batch normalisation. Throws ModelError.
  Network(std::vector<Layer> layers, std::unique_ptr<Weights> weights);

  const std::vector<Layer>& layers() const { return layers_; }
  const Shape& input_shape() const { return layers_.front().in; }
  const Shape& output_shape() const { return layers_.back().out; }

  // True where the layer is a batch normalisation that was folded into the layer before it: that layer's
  // output is then already normalised, and this one passes it on.
  bool folded(std::size_t layer) const { return steps_[layer].folded; }

  // Runs the first `batch` images of workspace.input(), overwriting them; returns the last layer's output.
  // Without an observer no clock is read.
  std::span<const float> forward(Workspace& workspace, int batch, const Observer& observer = {}) const;

  // The name of the first tensor that holds a NaN, or "".
  std::string find_nan() const;

 private:
  struct Step {
    std::span<const float> weight;  // of batch normalisation: the scale
    std::span<const float> bias;    // and the shift; empty: none
    bool folded = false;
  };
  std::span<const float> keep(std::vector<float> values);
  void fold_batch_norm(std::size_t layer);

  std::vector<Layer> layers_;
  std::unique_ptr<Weights> weights_;
  std::vector<std::vector<float>> folded_;  // weights that are not as the file has them
  std::vector<Step> steps_;
};

}  // namespace alexnet
