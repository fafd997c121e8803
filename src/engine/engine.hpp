// What runs the layers. An engine turns them into steps once, when a network is made; a forward pass runs the steps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// eigen: one step per layer, a convolution as im2col and Eigen's GEMM: simple, and what the other is checked against.
// packed: weights packed once, GEMM on the windows where they lie, Winograd, fused ReLU. A network that it does not know runs with eigen.
enum class EngineKind { eigen, packed };
// How `packed` computes a convolution; automatic: what a cost model holds fastest for the layer.
enum class ConvMethod { automatic, gemm, winograd };

// `packed` where this CPU has vectors that it is written for, else `eigen`.
EngineKind default_engine();

struct EngineOptions {
  EngineKind engine = default_engine();
  ConvMethod conv = ConvMethod::automatic;
  // Images in a pass, and passes that share the cost of preparing the weights: what packed's cost model weighs. With one
  // batch, above 1, an image's answer is the same to the bit in passes of any number of images, and with packed in any.
  int batch = 1;
  int passes = 1000;
};

// A layer's tensors, ready to use. Of BatchNorm: the scale and the shift; empty bias: none.
struct LayerWeights {
  StoredView weight;
  std::span<const float> bias;
  bool folded = false;  // a batch normalisation that the layer before it has taken over
};

// One layer, or several that run as one: layers [first, last].
struct Step {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string method;  // "im2col + GEMM", "Winograd F(4x4, 3x3)", ...; "" where there is but one way
  int tile = 0;        // of Winograd: the side of an output tile; 0: not Winograd
  std::int64_t multiply_adds = 0;     // for an image, as this method does them
  std::int64_t weight_bytes = 0;      // as this method reads them, once
  std::int64_t scratch_bytes = 0;     // for patches or transforms, beside the activations
  std::int64_t activation_bytes = 0;  // input and output of an image
};

// Some of a batch's images after a step.
struct Activation {
  const float* data = nullptr;
  Shape shape;
  int first = 0;  // the first of them in the batch
  int count = 0;
  bool channels_last = false;  // N x H x W x C, else N x C x H x W

  // out: count x C x H x W
  void copy_nchw(std::span<float> out) const;
};

struct Interval {
  std::chrono::steady_clock::time_point began, ended;

  double ms() const { return std::chrono::duration<double, std::milli>(ended - began).count(); }
};

// Told after each step, for all or some of the batch's images at a time: its index, its output (valid during the call)
// and when it ran.
using Observer = std::function<void(std::size_t step, const Activation& output, const Interval& time)>;

// Immutable, so that any number of threads may share one.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  const std::vector<Step>& steps() const { return steps_; }

  // The memory of a forward pass of up to max_batch images, in floats. It begins with the input, max_batch x C x H x W.
  virtual std::size_t arena_count(int max_batch) const = 0;

  // Runs the first `batch` images; may overwrite them. Returns batch x C x H x W of the last layer. The arena was made for
  // max_batch, aligned to kArenaAlign bytes, and serves one pass at a time. Allocates nothing.
  virtual std::span<const float> forward(float* arena, int max_batch, int batch,
                                         const Observer& observer) const = 0;

 protected:
  std::vector<Step> steps_;
};

constexpr std::size_t kArenaAlign = 64;  // bytes: a cache line, and the widest vector

// count, rounded up so that what follows in an arena is aligned.
constexpr std::size_t arena_padded(std::size_t count) {
  constexpr std::size_t kFloats = kArenaAlign / sizeof(float);
  return (count + kFloats - 1) / kFloats * kFloats;
}

// The weights must outlive the engine; `eigen` takes float32 alone.
std::unique_ptr<Engine> make_eigen_engine(const std::vector<Layer>& layers, std::vector<LayerWeights> weights,
                                          const EngineOptions& options);
// Whether `packed` knows these layers: those of a few images must be small enough to be counted in an int, and what follows
// a fully-connected or flatten layer must be 1 x 1, as nothing puts pixels back into channels' order there.
bool packed_runs(const std::vector<Layer>& layers);
std::unique_ptr<Engine> make_packed_engine(const std::vector<Layer>& layers,
                                           const std::vector<LayerWeights>& weights,
                                           const EngineOptions& options);

// The steps that such an engine makes of the layers; no weights are needed.
std::vector<Step> plan(const std::vector<Layer>& layers, const EngineOptions& options);

}  // namespace alexnet
