// The `packed` engine; see README.md in this folder.
#pragma once

#include "engine/engine.hpp"
#include "engine/packed_conv.hpp"

namespace alexnet {

// The layers before the first fully-connected or flatten layer run kImagesAtATime images at a time, so that
// their activations stay in the caches. From that layer on, all images of the batch run together, so that
// each weight is read once per batch.
class PackedEngine final : public Engine {
 public:
  // If `weights` is null, the engine only plans the steps and cannot run.
  PackedEngine(const kernels::packed::Kernels& kernels, std::vector<Layer> layers,
               const std::vector<LayerWeights>* weights, const EngineOptions& options);

  std::string_view name() const override { return "packed"; }
  std::size_t arena_count(int max_batch) const override;
  std::span<const float> forward(float* arena, int max_batch, int batch,
                                 const Observer& observer) const override;

 private:
  // Data of a step.
  struct Work {
    std::vector<PackedConv> convs;  // the parts of a convolution
    LayerWeights weights;
    kernels::packed::Clamp clamp;
  };
  struct Pass;
  struct Arena;

  void add_step(std::size_t first, std::size_t last, const LayerWeights* weights,
                const EngineOptions& options);
  void plan_conv(const Layer& layer, const LayerWeights* weights, const EngineOptions& options, Step& step,
                 Work& work) const;
  Arena arena_of(int max_batch) const;
  float* run_steps(std::size_t first, std::size_t last, float* x, float* other, const Pass& images,
                   const Observer& observer) const;

  void run(const Conv&, const Pass& pass) const;
  void run(const FullyConnected& fc, const Pass& pass) const;
  void run(const MaxPool& params, const Pass& pass) const;
  void run(const AveragePool& params, const Pass& pass) const;
  void run(const GlobalAveragePool&, const Pass& pass) const;
  void run(const Relu&, const Pass& pass) const;
  void run(const Clip&, const Pass& pass) const;
  void run(const Lrn& lrn, const Pass& pass) const;
  void run(const BatchNorm&, const Pass& pass) const;
  void run(const Dropout&, const Pass&) const {}
  void run(const Flatten&, const Pass&) const {}
  void run(const Softmax&, const Pass& pass) const;
  void pool(const Pool& params, bool largest, bool count_include_pad, const Pass& pass) const;

  const kernels::packed::Kernels* kernels_;
  std::vector<Layer> layers_;
  std::vector<Work> work_;
  std::size_t pixel_steps_ = 0;  // number of steps before the first fully-connected or flatten layer
};

}  // namespace alexnet
