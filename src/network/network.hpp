// A network: layers with their weights, ready to run.
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

// Memory for forward passes of up to max_batch images. Serves one pass at a time.
class Workspace {
 public:
  // Throws UsageError if the process cannot have that much memory.
  Workspace(const Network& network, int max_batch);

  // Returns the input buffer, max_batch x C x H x W. Fill it before each pass.
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

// Immutable: several threads may call forward() at the same time, each with its own Workspace.
class Network {
 public:
  // Fetches the weights of every layer, folds batch normalisation and builds the engine. Uses the `eigen`
  // engine if `packed` cannot run the layers. Networks may share weights, but must then be constructed one
  // after the other. Throws ModelError.
  Network(std::vector<Layer> layers, std::shared_ptr<Weights> weights, const EngineOptions& options = {});

  const std::vector<Layer>& layers() const { return layers_; }
  const Shape& input_shape() const { return layers_.front().in; }
  const Shape& output_shape() const { return layers_.back().out; }
  const Engine& engine() const { return *engine_; }

  // Runs the first `batch` images of workspace.input(), and may overwrite them. `batch` must not exceed the
  // workspace's max_batch. Returns the output of the last layer, batch x C x H x W, which is valid until the
  // next use of the workspace. Reads no clock if there is no observer.
  std::span<const float> forward(Workspace& workspace, int batch, const Observer& observer = {}) const;

  // Returns the name of the first tensor that contains a NaN, or "". Not thread-safe.
  std::string find_nan() const;

 private:
  std::vector<Layer> layers_;
  std::shared_ptr<Weights> weights_;
  std::vector<std::vector<float>> folded_;  // weights changed by folding batch normalisation
  std::unique_ptr<Engine> engine_;
};

}  // namespace alexnet
