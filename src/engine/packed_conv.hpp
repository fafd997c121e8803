// A convolution of the `packed` engine, or a part of one: its method, its packed weights and its execution.
#pragma once

#include <optional>
#include <string>

#include "engine/conv_part.hpp"
#include "engine/engine.hpp"
#include "kernels/packed/kernels.hpp"
#include "weights/float_buffer.hpp"

namespace alexnet {

// Number of images that layers before the first fully-connected or flatten layer run together. They share one
// read of the weights.
constexpr int kImagesAtATime = 8;

class PackedConv {
 public:
  // Chooses the method. `planes` is true if the input is N x C x H x W, as the network's own input is, and
  // false if it is N x H x W x C.
  PackedConv(const kernels::packed::Kernels& kernels, const Layer& layer, bool planes,
             const EngineOptions& options);
  // The same for a part of the layer.
  PackedConv(const kernels::packed::Kernels& kernels, const Layer& layer, const ConvPart& part, bool planes,
             const EngineOptions& options);

  // Copies the weights into the layout of the method. `weights` are those of the whole layer. Call before
  // run().
  void pack(const LayerWeights& weights);
  void set_clamp(kernels::packed::Clamp clamp) { clamp_ = clamp; }

  std::string method() const;
  std::optional<DirectGemm> direct() const;      // empty if the method is Winograd
  std::optional<WinogradTiles> tiles() const;    // empty if the method is GEMM
  std::int64_t multiply_adds() const;            // per image
  double estimate() const { return estimate_; }  // time per image, in multiply-adds at peak speed
  std::size_t packed_count() const;              // floats
  std::size_t scratch_count(int images) const;

  // Writes the outputs of the part into y, images x H x W x C of the layer. `scratch` has
  // scratch_count(images) floats. Thread-safe if the callers' buffers are different.
  void run(const float* x, float* y, int images, float* scratch) const;

 private:
  using Winograd = kernels::packed::Winograd;

  bool winograd() const { return winograd_.tile > 0; }
  int group_in() const { return in_.channels / conv_.group; }
  int group_out() const { return conv_.output / conv_.group; }
  int panels() const;
  int k() const { return winograd() ? group_in() : group_in() * conv_.kernel.h * conv_.kernel.w; }
  std::size_t group_count() const;  // floats in the packed weights of a group
  std::size_t position_count() const;
  bool copies_input() const;
  Shape padded() const;
  int tiles_h() const { return (out_.height + winograd_.tile - 1) / winograd_.tile; }
  int tiles_w() const { return (out_.width + winograd_.tile - 1) / winograd_.tile; }
  int block_tiles(int images) const;  // maximum number of Winograd tiles in a block
  void choose_method(const EngineOptions& options);
  double cost(const Winograd& w, const EngineOptions& options) const;
  const float* group_bias(int group) const;
  void pack_gemm(const float* weights, int group);
  void copy_padded(const float* x, float* to, int images) const;
  void run_gemm(const float* x, float* y, int images) const;
  void run_winograd(const float* x, float* y, int images, float* scratch) const;
  void multiply_position(std::size_t position, int group, int panel, const float* a, float* c,
                         int count) const;

  const kernels::packed::Kernels* kernels_;
  ConvPart part_;
  Size2 layer_kernel_;
  int layer_out_;  // channels
  Conv conv_;      // of the part
  Shape in_, out_;
  bool planes_;
  Winograd winograd_{0, 0};  // the tile is 0 for GEMM
  double estimate_ = 0;
  kernels::packed::Clamp clamp_;
  FloatBuffer weights_;
  FloatBuffer bias_;
};

}  // namespace alexnet
