// A network that runs: layers with their weights. Immutable, so that any number of threads may share one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

class Network;

// The memory that a forward pass needs, planned when it is made. One pass at a time.
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
  std::unique_ptr<float[], Free> arena_;
};

class Network {
 public:
  // Fetches every layer's weights, folds batch normalisation and makes the engine's steps. Throws ModelError. Networks
  // may share weights, but are made one after the other.
  Network(std::vector<Layer> layers, std::shared_ptr<Weights> weights, const EngineOptions& options = {});

  const std::vector<Layer>& layers() const { return layers_; }
  const Shape& input_shape() const { return layers_.front().in; }
  const Shape& output_shape() const { return layers_.back().out; }
  const Engine& engine() const { return *engine_; }

  // Runs the first `batch` images of workspace.input(), overwriting them; returns the last layer's output.
  // Without an observer no clock is read.
  std::span<const float> forward(Workspace& workspace, int batch, const Observer& observer = {}) const;

  // The name of the first tensor that holds a NaN, or "". Not for several threads at once.
  std::string find_nan() const;

 private:
  std::vector<Layer> layers_;
  std::shared_ptr<Weights> weights_;
  std::vector<std::vector<float>> folded_;  // weights that are not as the file has them
  std::unique_ptr<Engine> engine_;
};

}  // namespace alexnet
