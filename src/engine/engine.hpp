// Engines run the layers of a network. An engine plans the layers as steps on construction; a forward pass
// runs the steps.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "alexnet/network.hpp"
#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// The tensors of a layer, which LayerWeights does not own. For BatchNorm, `weight` is the scale and `bias`
// the shift. An empty bias means that there is none.
struct LayerWeights {
  StoredView weight;
  std::span<const float> bias;
  bool folded = false;  // true for a batch normalisation that is folded into the layer before it
};

// Immutable: several threads may call forward() at the same time, each with its own arena.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  const std::vector<Step>& steps() const { return steps_; }

  // Returns the size, in floats, of the arena for passes of up to max_batch images. The arena begins with the
  // input, max_batch x C x H x W.
  virtual std::size_t arena_count(int max_batch) const = 0;

  // Runs the first `batch` images of the arena, and may overwrite them. The arena has arena_count(max_batch)
  // floats, is aligned to kArenaAlign bytes, and serves one pass at a time. Returns the output of the last
  // layer, batch x C x H x W, in the arena. Allocates no buffers.
  virtual std::span<const float> forward(float* arena, int max_batch, int batch,
                                         const Observer& observer) const = 0;

 protected:
  std::vector<Step> steps_;
};

constexpr std::size_t kArenaAlign = 64;  // bytes; size of a cache line and of the widest vector

// Returns `count` floats rounded up to a multiple of kArenaAlign bytes.
constexpr std::size_t arena_padded(std::size_t count) {
  constexpr std::size_t kFloats = kArenaAlign / sizeof(float);
  return (count + kFloats - 1) / kFloats * kFloats;
}

// Returns an `eigen` engine. The weights must be float32 and must outlive the engine.
std::unique_ptr<Engine> make_eigen_engine(const std::vector<Layer>& layers, std::vector<LayerWeights> weights,
                                          const EngineOptions& options);
// Returns true if `packed` can run these layers. The padded activations of kImagesAtATime images must have at
// most kMaxElements elements, because `packed` indexes them with int. From the first fully-connected or
// flatten layer on, activations must be 1 x 1, because `packed` converts to channel order only once, before
// that layer.
bool packed_runs(const std::vector<Layer>& layers);
// Returns a `packed` engine. The weights must outlive it, except those of convolutions, which it copies.
std::unique_ptr<Engine> make_packed_engine(const std::vector<Layer>& layers,
                                           const std::vector<LayerWeights>& weights,
                                           const EngineOptions& options);

// Returns the method of an LRN, which is the same in both engines.
LrnMethod lrn_method(const Lrn& lrn);

// Returns the steps into which such an engine divides the layers. Needs no weights.
std::vector<Step> plan(const std::vector<Layer>& layers, const EngineOptions& options);

}  // namespace alexnet
