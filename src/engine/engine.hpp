// Engines run the layers of a network. An engine plans the layers as steps on construction; a forward pass
// runs the steps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// eigen: the reference. One step per layer; a convolution is im2col and Eigen's GEMM.
//
// packed: the fast engine. It packs weights once, runs GEMM directly on the windows of the input or Winograd,
// and fuses ReLU. A network that it does not support (see packed_runs()) runs with eigen.
enum class EngineKind { eigen, packed };
// How `packed` computes a convolution. `automatic` is the fastest method for the layer according to a cost
// model. A layer that Winograd does not support runs as GEMM.
enum class ConvMethod { automatic, gemm, winograd };

// Returns `packed` if it supports the vector instructions of this CPU, and `eigen` if not.
EngineKind default_engine();

struct EngineOptions {
  EngineKind engine = default_engine();
  ConvMethod conv = ConvMethod::automatic;
  // Expected images per pass, and number of passes that share the cost of packing the weights. Both are input
  // for the cost model of `packed`.
  //
  // One engine gives an image the same bits in passes of any size: `packed` always, `eigen` if `batch` is
  // above 1. Engines with different `batch` or `passes` may differ in the last digits, because the cost model
  // may choose other methods.
  int batch = 1;
  int passes = 1000;
};

// The tensors of a layer, which LayerWeights does not own. For BatchNorm, `weight` is the scale and `bias`
// the shift. An empty bias means that there is none.
struct LayerWeights {
  StoredView weight;
  std::span<const float> bias;
  bool folded = false;  // true for a batch normalisation that is folded into the layer before it
};

// A convolution as GEMM on the windows of its input, without a patch matrix. A window is runs_h x runs_w
// ranges of `run` contiguous numbers. The next window begins `distance` numbers further.
struct DirectGemm {
  int runs_h = 0;
  int runs_w = 0;
  int run = 0;
  int distance = 0;
  bool interleaves = false;  // copies the input from C x H x W to H x W x C
  bool pads = false;         // copies the input with its padding
};

// A convolution by Winograd's method: tiles_h x tiles_w output tiles of `tile` x `tile` per image, each made
// from `size` x `size` pixels.
struct WinogradTiles {
  int tile = 0;
  int size = 0;
  int tiles_h = 0;
  int tiles_w = 0;
  GemmSize gemm;  // the multiplication at one position of a tile, for one group; count: all of them
};

// One layer, or several that run as one: layers [first, last].
struct Step {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string method;  // "im2col + GEMM", "Winograd F(4x4, 3x3)", ...; "" if there is only one method
  std::optional<DirectGemm> direct;
  std::optional<WinogradTiles> winograd;
  int rows_at_a_time = 0;  // rows of weights that a fully-connected layer reads together for one image
  std::int64_t multiply_adds = 0;  // per image, with this method
  std::int64_t weight_bytes = 0;   // size of the weights in the layout of this method
  std::int64_t scratch_bytes = 0;  // per image, for patches or transforms
  // Size of the patch matrix of one group of a convolution. `eigen` makes it, `packed` does without.
  std::int64_t patch_bytes = 0;
  std::int64_t activation_bytes = 0;  // input and output of one image
};

// The output of a step for a range of images of the batch. Does not own the data.
struct Activation {
  const float* data = nullptr;
  Shape shape;
  int first = 0;  // index of the first image in the batch
  int count = 0;
  bool channels_last = false;  // true: N x H x W x C; false: N x C x H x W

  // Copies the activation to `out` as count x C x H x W.
  void copy_nchw(std::span<float> out) const;
};

struct Interval {
  std::chrono::steady_clock::time_point began, ended;

  double ms() const { return std::chrono::duration<double, std::milli>(ended - began).count(); }
};

// Called after each step with its index, its output (valid only during the call) and its time. A step may run
// the batch in several parts, with a call for each.
using Observer = std::function<void(std::size_t step, const Activation& output, const Interval& time)>;

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

// Returns the steps into which such an engine divides the layers. Needs no weights.
std::vector<Step> plan(const std::vector<Layer>& layers, const EngineOptions& options);

}  // namespace alexnet
