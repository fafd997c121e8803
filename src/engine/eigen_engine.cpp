// The `eigen` engine: one step per layer. A convolution is im2col followed by GEMM.
#include "engine/engine.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/gemm.hpp"
#include "kernels/im2col.hpp"
#include "kernels/lrn.hpp"
#include "kernels/pool.hpp"
#include "layers/layers.hpp"

namespace alexnet {
namespace {

// Data of one layer in a pass: input x and output y, which are the same memory if the layer works in place.
struct Pass {
  Shape in, out;
  int batch;
  int columns;  // columns that a fully-connected layer multiplies: batch, rounded up
  const float* weight;
  std::span<const float> bias;
  float* x;
  float* y;
  float* patches;

  std::size_t images() const { return static_cast<std::size_t>(batch); }
};

// A task multiplies at most kBlock columns. Its columns are a multiple of Eigen's panel widths (48, 24 and
// 8), and its rows a multiple of 4, Eigen's panel height. Therefore the order of the sums does not depend on
// the number of threads.
constexpr int kBlock = 192;
constexpr int kColumnStep = 48;
constexpr int kRowStep = 4;
constexpr std::size_t kMinElements = 16384;  // elements; with fewer, a second thread costs more than it saves

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// Returns the size of each of `parts` nearly equal parts of n, rounded up to a multiple of `step`.
int part(int n, int parts, int step) { return ceil_div(ceil_div(n, parts), step) * step; }

// Computes c (m x n) = a (m x k) * b (k x n) + bias. The bias has one element per row of c, and may be null.
void multiply(const kernels::Gemm& all, const float* bias) {
  const int columns = part(all.n, ceil_div(all.n, kBlock), kColumnStep);
  const int column_blocks = ceil_div(all.n, columns);
  const int row_blocks =
      std::clamp(ceil_div(thread_count(), column_blocks), 1, ceil_div(all.m, 8 * kRowStep));
  const int rows = part(all.m, row_blocks, kRowStep);
  parallel_tasks(column_blocks * ceil_div(all.m, rows), "GEMM", [&](int task) {
    const int row = task / column_blocks * rows;
    const int column = task % column_blocks * columns;
    kernels::Gemm g = all;
    g.m = std::min(rows, all.m - row);
    g.n = std::min(columns, all.n - column);
    g.a += std::ptrdiff_t{row} * all.lda;
    g.b += column;
    g.c += std::ptrdiff_t{row} * all.ldc + column;
    kernels::gemm(g);
    if (bias == nullptr) return;
    for (int i = 0; i < g.m; ++i)
      kernels::add(bias[row + i], g.c + std::ptrdiff_t{i} * g.ldc, static_cast<std::size_t>(g.n));
  });
}

void run(const Conv& conv, const Pass& pass) {
  const kernels::Patches patches{pass.in.channels / conv.group,
                                 pass.in.height,
                                 pass.in.width,
                                 conv.kernel,
                                 conv.stride,
                                 conv.pad,
                                 conv.dilation,
                                 pass.out.height,
                                 pass.out.width};
  const kernels::Patches one_channel = patches.of_channels(1);
  const int m = conv.output / conv.group;
  const auto rows = static_cast<std::size_t>(m);
  const auto k = static_cast<std::size_t>(patches.k());
  const auto n = static_cast<std::size_t>(patches.n());
  for (std::size_t block = 0; block < pass.images() * static_cast<std::size_t>(conv.group); ++block) {
    const std::size_t group = block % static_cast<std::size_t>(conv.group);
    const float* in = pass.x + block * static_cast<std::size_t>(patches.channels) * pass.in.plane();
    parallel_ranges(static_cast<std::size_t>(patches.channels), 1, "im2col",
                    [&](std::size_t begin, std::size_t end) {
                      for (std::size_t c = begin; c < end; ++c)
                        kernels::im2col(one_channel, in + c * pass.in.plane(),
                                        pass.patches + c * static_cast<std::size_t>(one_channel.k()) * n);
                    });
    multiply({m, patches.n(), patches.k(), pass.weight + group * rows * k, patches.k(), pass.patches,
              patches.n(), pass.y + block * rows * n, patches.n()},
             pass.bias.empty() ? nullptr : pass.bias.data() + group * rows);
  }
}

// Eigen sums a column in a full panel of 4 in a different order than a column outside one. If a pass may have
// several images, pad the batch to full panels, so that an image's result does not depend on the number of
// images.
constexpr int kPanel = 4;

int whole_panels(int images) { return part(images, 1, kPanel); }

// Computes y (batch x output) = x (batch x in) * transposed weight + bias. The results of columns beyond the
// batch are not used.
void run(const FullyConnected& fc, const Pass& pass) {
  const int k = static_cast<int>(pass.in.count());
  parallel_tasks(ceil_div(fc.output, kBlock), [&](int task) {
    const int row = task * kBlock;
    const int m = std::min(kBlock, fc.output - row);
    kernels::gemm_transposed(
        {m, pass.columns, k, pass.weight + std::ptrdiff_t{row} * k, k, pass.x, k, pass.y + row, fc.output});
    if (pass.bias.empty()) return;
    for (int image = 0; image < pass.batch; ++image)
      for (int i = row; i < row + m; ++i)
        pass.y[std::ptrdiff_t{image} * fc.output + i] += pass.bias[static_cast<std::size_t>(i)];
  });
}

// Calls kernel(plane of x, plane of y, channel) for every plane of every image.
template <class Kernel>
void each_plane(const Pass& pass, const Kernel& kernel) {
  const auto channels = static_cast<std::size_t>(pass.out.channels);
  parallel_ranges(pass.images() * channels, kMinElements / pass.in.plane() + 1,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t i = begin; i < end; ++i)
                      kernel(pass.x + i * pass.in.plane(), pass.y + i * pass.out.plane(), i % channels);
                  });
}

kernels::Windows windows(const Pool& p, const Pass& pass) {
  return {pass.in.height, pass.in.width, p.kernel, p.stride, p.pad, pass.out.height, pass.out.width};
}

void run(const MaxPool& pool, const Pass& pass) {
  each_plane(
      pass, [w = windows(pool, pass)](const float* x, float* y, std::size_t) { kernels::max_pool(w, x, y); });
}

void run(const AveragePool& pool, const Pass& pass) {
  each_plane(pass, [&, w = windows(pool, pass)](const float* x, float* y, std::size_t) {
    kernels::average_pool(w, pool.count_include_pad, x, y);
  });
}

void run(const GlobalAveragePool&, const Pass& pass) {
  each_plane(pass,
             [n = pass.in.plane()](const float* x, float* y, std::size_t) { *y = kernels::mean(x, n); });
}

void run(const Relu&, const Pass& pass) {
  parallel_ranges(pass.images() * pass.in.count(), kMinElements,
                  [&](std::size_t begin, std::size_t end) { kernels::relu(pass.x + begin, end - begin); });
}

void run(const Clip& clip, const Pass& pass) {
  parallel_ranges(pass.images() * pass.in.count(), kMinElements, [&](std::size_t begin, std::size_t end) {
    kernels::clip(clip.min, clip.max, pass.x + begin, end - begin);
  });
}

void run(const Lrn& lrn, const Pass& pass) {
  const kernels::LrnParams params{lrn.size, lrn.alpha, lrn.beta, lrn.k};
  for (std::size_t image = 0; image < pass.images(); ++image) {
    const std::size_t offset = image * pass.in.count();
    parallel_ranges(pass.in.plane(), kMinElements / static_cast<std::size_t>(pass.in.channels) + 1,
                    [&](std::size_t begin, std::size_t end) {
                      kernels::lrn(params, pass.in.channels, pass.in.plane(), begin, end - begin,
                                   pass.x + offset, pass.y + offset);
                    });
  }
}

void run(const BatchNorm&, const Pass& pass) {
  each_plane(pass, [&](const float*, float* y, std::size_t channel) {
    kernels::scale_shift(pass.weight[channel], pass.bias[channel], y, pass.in.plane());
  });
}

void run(const Dropout&, const Pass&) {}

void run(const Flatten&, const Pass&) {}

void run(const Softmax&, const Pass& pass) {
  for (std::size_t image = 0; image < pass.images(); ++image)
    kernels::softmax(pass.in.channels, pass.in.plane(), pass.x + image * pass.in.count());
}

std::size_t patch_matrix_count(const Layer& layer) {
  const auto* conv = std::get_if<Conv>(&layer.params);
  return conv == nullptr ? 0 : static_cast<std::size_t>(im2col_elements(layer) / conv->group);
}

class EigenEngine final : public Engine {
 public:
  EigenEngine(const std::vector<Layer>& layers, std::vector<LayerWeights> weights, bool many)
      : layers_(layers), weights_(std::move(weights)), many_(many), largest_(layers.front().in.count()) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = layers_[i];
      if (weights_[i].folded) {  // part of the previous step
        steps_.back().last = i;
        continue;
      }
      largest_ = std::max(largest_, layer.out.count());
      patches_ = std::max(patches_, patch_matrix_count(layer));
      Step step;
      step.first = step.last = i;
      if (std::holds_alternative<Conv>(layer.params)) step.method = "im2col + GEMM";
      if (std::holds_alternative<FullyConnected>(layer.params)) step.method = "GEMM";
      if (const auto* lrn = std::get_if<Lrn>(&layer.params)) step.lrn = lrn_method(*lrn);
      step.multiply_adds = cost(layer).multiply_adds;
      step.weight_bytes = parameter_count(layer) * std::int64_t{sizeof(float)};
      step.scratch_bytes = step.patch_bytes =
          static_cast<std::int64_t>(patch_matrix_count(layer) * sizeof(float));
      step.activation_bytes =
          static_cast<std::int64_t>((layer.in.count() + layer.out.count()) * sizeof(float));
      steps_.push_back(step);
    }
  }

  std::string_view name() const override { return "eigen"; }

  // The arena holds two activations and the largest patch matrix.
  std::size_t arena_count(int max_batch) const override {
    return 2 * activation_count(max_batch) + arena_padded(patches_);
  }

  std::span<const float> forward(float* arena, int max_batch, int batch,
                                 const Observer& observer) const override {
    using Clock = std::chrono::steady_clock;
    const FlushDenormals flush;
    float* x = arena;
    float* other = arena + activation_count(max_batch);
    float* const patches = other + activation_count(max_batch);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::size_t first = steps_[i].first;
      const Layer& layer = layers_[first];
      const auto began = observer ? Clock::now() : Clock::time_point();
      float* y = works_in_place(layer.params) ? x : other;
      const Pass pass{layer.in,
                      layer.out,
                      batch,
                      columns(batch),
                      static_cast<const float*>(weights_[first].weight.data),
                      weights_[first].bias,
                      x,
                      y,
                      patches};
      std::visit([&](const auto& params) { run(params, pass); }, layer.params);
      if (y != x) std::swap(x, other);
      if (observer) observer(i, {x, layer.out, 0, batch}, {began, Clock::now()});
    }
    return {x, layers_.back().out.count() * static_cast<std::size_t>(batch)};
  }

 private:
  std::size_t activation_count(int max_batch) const {
    return arena_padded(largest_ * static_cast<std::size_t>(columns(max_batch)));
  }

  int columns(int batch) const { return many_ ? whole_panels(batch) : batch; }

  std::vector<Layer> layers_;
  std::vector<LayerWeights> weights_;
  bool many_;  // true if a pass may have several images
  std::size_t largest_;
  std::size_t patches_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_eigen_engine(const std::vector<Layer>& layers, std::vector<LayerWeights> weights,
                                          const EngineOptions& options) {
  return std::make_unique<EigenEngine>(layers, std::move(weights), options.batch > 1);
}

}  // namespace alexnet
