// A network, ready to run, and what it reports about its steps.
//
//   #include <alexnet/model.hpp>
//   const alexnet::Network network = alexnet::make_network(alexnet::open_model("models/tiny-alexnet"));
//   alexnet::Workspace workspace(network, 16);
//   std::ranges::copy(images, workspace.input().begin());  // 16 x C x H x W
//   std::span<const float> probabilities = network.forward(workspace, 16);
//
// Functions that belong to no class may be called from several threads at the same time.
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

#include "alexnet/layers.hpp"

namespace alexnet {

// Internal.
class Engine;
class Weights;

}  // namespace alexnet

#pragma GCC visibility push(default)
namespace alexnet {

// eigen: the reference. One step per layer; a convolution is im2col and Eigen's GEMM.
//
// packed: the fast engine. It packs weights once, computes a convolution by Winograd or by GEMM directly on
// the windows of the input, and fuses a following ReLU or clip. A network that it does not support runs with
// eigen, and Network::notes() says so.
enum class EngineKind { eigen, packed };
// How `packed` computes a convolution. `automatic` is the fastest method for the layer according to a cost
// model. A layer that Winograd does not support runs as GEMM.
enum class ConvMethod { automatic, gemm, winograd };
// Returns "auto", "gemm" or "winograd".
std::string to_string(ConvMethod conv);

// Returns `packed` if it supports the vector instructions of this CPU, and `eigen` if not.
EngineKind default_engine();

struct EngineOptions {
  EngineKind engine = default_engine();
  ConvMethod conv = ConvMethod::automatic;
  // Expected images per pass, and number of passes that share the cost of packing the weights. Both are input
  // for the cost model of `packed`.
  //
  // One engine gives an image the same bits in passes of any size: `packed` always, `eigen` if
  // EngineOptions::batch is above 1. Engines with different `batch` or `passes` may differ in the last
  // digits, because the cost model may choose other methods.
  int batch = 1;
  int passes = 1000;
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
  GemmSize gemm;  // one multiplication; count: positions of a tile x groups
};

// How an LRN raises the sum s of a window to the power -beta: by square roots, 1 / (sqrt(s) * sqrt(sqrt(s))),
// or by exp(-beta * log(s)).
struct LrnMethod {
  bool roots = false;
  int operations = 0;  // approximate number for each output element
};

// One layer, or several that run as one: layers [first, last].
struct Step {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string method;  // "im2col + GEMM", "Winograd F(4x4, 3x3)", ...; "" if there is only one method
  std::optional<DirectGemm> direct = std::nullopt;
  std::optional<WinogradTiles> winograd = std::nullopt;
  std::optional<LrnMethod> lrn = std::nullopt;
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

  // Copies the activation to `out` as count x C x H x W. `out` must have room for it.
  void copy_nchw(std::span<float> out) const;
};

struct Interval {
  std::chrono::steady_clock::time_point began, ended;

  double ms() const { return std::chrono::duration<double, std::milli>(ended - began).count(); }
};

// Called after each step with its index, its output (valid only during the call) and its time. A step may run
// the batch in several parts, with a call for each.
using Observer = std::function<void(std::size_t step, const Activation& output, const Interval& time)>;

class Network;

// Memory for forward passes of up to max_batch images. Serves one pass at a time.
class Workspace {
 public:
  // `max_batch` must be at least 1. Serves this network, also after it is moved, and no other. Throws
  // UsageError if the process cannot have that much memory.
  Workspace(const Network& network, int max_batch);

  // Returns the input buffer, max_batch x C x H x W, which the workspace owns. Fill it before each pass.
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

// Immutable: several threads may call every function at the same time, each with its own Workspace.
class Network {
 public:
  // Fetches the weights of every layer, folds batch normalisation and builds the engine. Uses the `eigen`
  // engine if `packed` cannot run the layers. Networks may share weights. Throws ModelError.
  // make_network() calls it with the layers and weights of a model.
  Network(std::vector<Layer> layers, std::shared_ptr<Weights> weights, const EngineOptions& options = {});
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  Network(Network&& other) noexcept;
  Network& operator=(Network&& other) noexcept;
  ~Network();

  const std::vector<Layer>& layers() const { return layers_; }
  const Shape& input_shape() const { return layers_.front().in; }
  const Shape& output_shape() const { return layers_.back().out; }
  // Returns the steps that a pass runs, in order.
  const std::vector<Step>& steps() const;
  // Returns "eigen" or "packed".
  std::string_view engine_name() const;
  // Returns a sentence if another engine is used than the options asked for.
  const std::vector<std::string>& notes() const { return notes_; }
  // Internal.
  const Engine& engine() const { return *engine_; }

  // Runs the first `batch` images of workspace.input(), and may overwrite them. `batch` must be at least 1
  // and must not exceed the workspace's max_batch. Returns the output of the last layer, batch x C x H x W,
  // which is valid until the next use of the workspace. Calls the observer, if there is one, after each step,
  // and throws what it throws. Reads no clock if there is none.
  std::span<const float> forward(Workspace& workspace, int batch, const Observer& observer = {}) const;

  // Returns the name of the first weight tensor that contains a NaN, or "". Throws ModelError.
  std::string find_nan() const;

 private:
  std::vector<Layer> layers_;
  std::shared_ptr<Weights> weights_;
  std::vector<std::vector<float>> folded_;  // weights changed by folding batch normalisation
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> notes_;
};

}  // namespace alexnet
#pragma GCC visibility pop
