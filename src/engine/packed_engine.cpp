#include "engine/packed_engine.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "layers/layers.hpp"

namespace alexnet {
namespace {

namespace packed = kernels::packed;
using packed::Clamp;

constexpr std::size_t kSlack = 64;           // floats that a vector may read past the end of an activation
constexpr std::size_t kMinElements = 16384;  // elements; with fewer, a second thread costs more than it saves

std::optional<Clamp> clamp_of(const Layer& layer) {
  if (std::holds_alternative<Relu>(layer.params)) return Clamp{.min = 0.0F};
  if (const auto* clip = std::get_if<Clip>(&layer.params)) return Clamp{clip->min, clip->max};
  return std::nullopt;
}

// Returns the size of the weights of a fully-connected layer, without the small scales and biases.
std::int64_t stored_bytes(const Layer& layer, Storage storage) {
  const std::int64_t bytes = storage == Storage::f32 ? 4 : storage == Storage::i8 ? 1 : 2;
  return cost(layer).multiply_adds * bytes;
}

bool ends_pixels(const Layer& layer) {
  return std::holds_alternative<FullyConnected>(layer.params) ||
         std::holds_alternative<Flatten>(layer.params);
}

}  // namespace

struct PackedEngine::Pass {
  std::size_t step;
  int first, images;
  const float* x;
  float* y;
  float* scratch;
  const Layer* layer;

  std::size_t pixels() const { return static_cast<std::size_t>(images) * layer->in.plane(); }
  std::size_t channels() const { return static_cast<std::size_t>(layer->in.channels); }
};

struct PackedEngine::Arena {
  std::size_t input, pixel_activation, activation, scratch;
  int images_at_a_time;
  std::size_t count() const { return input + 2 * pixel_activation + 2 * activation + scratch; }
};

PackedEngine::PackedEngine(const packed::Kernels& kernels, std::vector<Layer> layers,
                           const std::vector<LayerWeights>* weights, const EngineOptions& options)
    : kernels_(&kernels), layers_(std::move(layers)) {
  for (std::size_t i = 0; i < layers_.size();) {
    const std::size_t first = i++;
    if (multiplies(layers_[first].params)) {
      if (i < layers_.size() && std::holds_alternative<BatchNorm>(layers_[i].params)) ++i;
      if (i < layers_.size() && clamp_of(layers_[i])) ++i;
    }
    add_step(first, i - 1, weights == nullptr ? nullptr : &(*weights)[first], options);
    if (weights == nullptr) continue;
    Work& work = work_.back();
    work.weights = (*weights)[first];
    for (PackedConv& conv : work.convs) conv.pack(work.weights);
    if (std::holds_alternative<FullyConnected>(layers_[first].params))
      steps_.back().weight_bytes = stored_bytes(layers_[first], work.weights.weight.storage);
  }
  const auto ends = [&](const Step& step) { return ends_pixels(layers_[step.first]); };
  pixel_steps_ = static_cast<std::size_t>(std::ranges::find_if(steps_, ends) - steps_.begin());
}

// Plans a convolution as one, or as the parts of its kernels if they are estimated to be faster.
void PackedEngine::plan_conv(const Layer& layer, const LayerWeights* weights, const EngineOptions& options,
                             Step& step, Work& work) const {
  const bool planes = &layer == &layers_.front();
  work.convs.emplace_back(*kernels_, layer, planes, options);
  const std::vector<ConvPart> parts =
      weights == nullptr ? std::vector<ConvPart>() : parts_of(layer, weights->weight);
  if (parts.size() > 1) {
    std::vector<PackedConv> several;
    double estimate = 0;
    for (const ConvPart& part : parts) {
      several.emplace_back(*kernels_, layer, part, planes, options);
      estimate += several.back().estimate();
    }
    if (estimate < work.convs.front().estimate()) work.convs = std::move(several);
  }
  step.multiply_adds = step.weight_bytes = 0;
  for (PackedConv& conv : work.convs) {
    conv.set_clamp(work.clamp);
    step.method += (step.method.empty() ? "" : " + ") + conv.method();
    if (!step.direct) step.direct = conv.direct();
    if (!step.winograd) step.winograd = conv.tiles();
    step.multiply_adds += conv.multiply_adds();
    step.weight_bytes += static_cast<std::int64_t>(conv.packed_count() * sizeof(float));
    step.scratch_bytes =
        std::max(step.scratch_bytes, static_cast<std::int64_t>(conv.scratch_count(1) * sizeof(float)));
  }
  step.patch_bytes =
      im2col_elements(layer) / std::get<Conv>(layer.params).group * std::int64_t{sizeof(float)};
}

void PackedEngine::add_step(std::size_t first, std::size_t last, const LayerWeights* weights,
                            const EngineOptions& options) {
  const Layer& layer = layers_[first];
  Step step;
  Work work;
  step.first = first;
  step.last = last;
  if (last > first) work.clamp = clamp_of(layers_[last]).value_or(Clamp());
  step.multiply_adds = alexnet::cost(layer).multiply_adds;
  step.weight_bytes = parameter_count(layer) * std::int64_t{sizeof(float)};
  step.activation_bytes =
      static_cast<std::int64_t>((layer.in.count() + layers_[last].out.count()) * sizeof(float));
  if (std::holds_alternative<Conv>(layer.params)) plan_conv(layer, weights, options, step, work);
  if (std::holds_alternative<FullyConnected>(layer.params)) {
    step.method = "streamed";
    step.rows_at_a_time = packed::kRowsOfOneImage;
  }
  if (const auto* lrn = std::get_if<Lrn>(&layer.params)) step.lrn = lrn_method(*lrn);
  steps_.push_back(std::move(step));
  work_.push_back(std::move(work));
}

PackedEngine::Arena PackedEngine::arena_of(int max_batch) const {
  Arena arena{};
  const auto batch = static_cast<std::size_t>(max_batch);
  arena.images_at_a_time = std::min(max_batch, kImagesAtATime);
  arena.input = arena_padded(layers_.front().in.count() * batch);
  std::size_t pixels = layers_.front().in.count();
  std::size_t rest = layers_.back().out.count();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Layer& first = layers_[steps_[i].first];
    (i < pixel_steps_ ? pixels : rest) = std::max({i < pixel_steps_ ? pixels : rest, first.out.count()});
    if (i >= pixel_steps_) rest = std::max(rest, first.in.count());
    for (const PackedConv& conv : work_[i].convs)
      arena.scratch =
          std::max(arena.scratch, conv.scratch_count(i < pixel_steps_ ? arena.images_at_a_time : max_batch));
  }
  arena.pixel_activation =
      pixel_steps_ == 0 ? 0
                        : arena_padded(pixels * static_cast<std::size_t>(arena.images_at_a_time) + kSlack);
  arena.activation = arena_padded(rest * batch + kSlack);
  arena.scratch = arena_padded(arena.scratch + kSlack);
  return arena;
}

std::size_t PackedEngine::arena_count(int max_batch) const { return arena_of(max_batch).count(); }

// Runs steps [first, last). The input is in x; `other` is a second buffer. Returns the buffer that holds the
// result.
float* PackedEngine::run_steps(std::size_t first, std::size_t last, float* x, float* other,
                               const Pass& images, const Observer& observer) const {
  using Clock = std::chrono::steady_clock;
  for (std::size_t i = first; i < last; ++i) {
    const auto began = observer ? Clock::now() : Clock::time_point();
    Pass pass = images;
    pass.step = i;
    pass.layer = &layers_[steps_[i].first];
    pass.x = x;
    pass.y = works_in_place(pass.layer->params) ? x : other;
    std::visit([&](const auto& params) { run(params, pass); }, pass.layer->params);
    if (pass.y != x) std::swap(x, other);
    if (observer)
      observer(i, {x, layers_[steps_[i].last].out, pass.first, pass.images, i < pixel_steps_},
               {began, Clock::now()});
  }
  return x;
}

std::span<const float> PackedEngine::forward(float* arena, int max_batch, int batch,
                                             const Observer& observer) const {
  const FlushDenormals flush;
  const Arena plan = arena_of(max_batch);
  float* const pixels = arena + plan.input;
  float* x = pixels + 2 * plan.pixel_activation;
  float* const other = x + plan.activation;
  float* const scratch = other + plan.activation;
  if (pixel_steps_ == 0) std::copy_n(arena, layers_.front().in.count() * static_cast<std::size_t>(batch), x);
  for (int first = 0; pixel_steps_ > 0 && first < batch; first += plan.images_at_a_time) {
    const int images = std::min(plan.images_at_a_time, batch - first);
    const Shape& in = layers_.front().in;
    const Shape& out = layers_[steps_[pixel_steps_ - 1].last].out;
    float* at = arena + static_cast<std::size_t>(first) * in.count();
    float* free = pixels;
    if (work_[0].convs.empty()) {  // a convolution converts the planes itself
      parallel_ranges(static_cast<std::size_t>(images), 1, "interleave",
                      [&](std::size_t begin, std::size_t end) {
                        for (std::size_t i = begin; i < end; ++i)
                          kernels_->interleave(at + i * in.count(), in.plane(), in.channels, in.plane(),
                                               free + i * in.count());
                      });
      at = free;
      free = pixels + plan.pixel_activation;
    }
    Pass pass{};
    pass.first = first;
    pass.images = images;
    pass.scratch = scratch;
    // The first step writes to `free`. The following steps alternate between the two pixel buffers.
    float* y = run_steps(0, 1, at, free, pass, observer);
    y = run_steps(1, pixel_steps_, y, y == pixels ? pixels + plan.pixel_activation : pixels, pass, observer);
    const Activation result{y, out, first, images, true};
    result.copy_nchw(
        {x + static_cast<std::size_t>(first) * out.count(), static_cast<std::size_t>(images) * out.count()});
  }
  Pass pass{};
  pass.images = batch;
  pass.scratch = scratch;
  x = run_steps(pixel_steps_, steps_.size(), x, other, pass, observer);
  return {x, layers_.back().out.count() * static_cast<std::size_t>(batch)};
}

void PackedEngine::run(const Conv&, const Pass& pass) const {
  for (const PackedConv& conv : work_[pass.step].convs) conv.run(pass.x, pass.y, pass.images, pass.scratch);
}

void PackedEngine::run(const FullyConnected& fc, const Pass& pass) const {
  constexpr int kRows = 32;  // rows per task
  const Work& work = work_[pass.step];
  const StoredView& w = work.weights.weight;
  const packed::FullyConnected f{pass.images,
                                 static_cast<int>(pass.layer->in.count()),
                                 w.storage,
                                 w.data,
                                 w.scales.empty() ? nullptr : w.scales.data(),
                                 work.weights.bias.empty() ? nullptr : work.weights.bias.data(),
                                 pass.x,
                                 pass.y,
                                 fc.output,
                                 work.clamp};
  parallel_tasks((fc.output + kRows - 1) / kRows, [&](int task) {
    kernels_->fully_connected(f, task * kRows, std::min(fc.output, (task + 1) * kRows));
  });
}

void PackedEngine::pool(const Pool& params, bool largest, bool count_include_pad, const Pass& pass) const {
  const Shape& in = pass.layer->in;
  const Shape& out = pass.layer->out;
  const packed::Pool p{params.kernel, params.stride, params.pad,  in.height,        in.width,
                       out.height,    out.width,     in.channels, count_include_pad};
  parallel_ranges(static_cast<std::size_t>(pass.images) * static_cast<std::size_t>(out.height), 1,
                  [&](std::size_t begin, std::size_t end) {
                    (largest ? kernels_->max_pool : kernels_->average_pool)(
                        p, pass.x, pass.y, static_cast<int>(begin), static_cast<int>(end));
                  });
}

void PackedEngine::run(const MaxPool& params, const Pass& pass) const { pool(params, true, false, pass); }

void PackedEngine::run(const AveragePool& params, const Pass& pass) const {
  pool(params, false, params.count_include_pad, pass);
}

void PackedEngine::run(const GlobalAveragePool&, const Pass& pass) const {
  pool({.kernel = {pass.layer->in.height, pass.layer->in.width}}, false, false, pass);
}

void PackedEngine::run(const Relu&, const Pass& pass) const {
  const Clamp limits = *clamp_of(*pass.layer);
  parallel_ranges(pass.pixels() * pass.channels(), kMinElements, [&](std::size_t begin, std::size_t end) {
    kernels_->clamp(limits, pass.y + begin, end - begin);
  });
}

void PackedEngine::run(const Clip&, const Pass& pass) const { run(Relu(), pass); }

void PackedEngine::run(const Lrn& lrn, const Pass& pass) const {
  const packed::Lrn p{lrn.size, lrn.alpha, lrn.beta, lrn.k};
  parallel_ranges(pass.pixels(), kMinElements / pass.channels() + 1, [&](std::size_t begin, std::size_t end) {
    kernels_->lrn(p, pass.layer->in.channels, end - begin, pass.x + begin * pass.channels(),
                  pass.y + begin * pass.channels());
  });
}

void PackedEngine::run(const BatchNorm&, const Pass& pass) const {
  const LayerWeights& w = work_[pass.step].weights;
  parallel_ranges(pass.pixels(), kMinElements / pass.channels() + 1, [&](std::size_t begin, std::size_t end) {
    kernels_->scale_shift(static_cast<const float*>(w.weight.data), w.bias.data(), pass.layer->in.channels,
                          end - begin, pass.y + begin * pass.channels());
  });
}

void PackedEngine::run(const Softmax&, const Pass& pass) const {
  kernels_->softmax(pass.layer->in.channels, pass.pixels(), pass.y);
}

bool packed_runs(const std::vector<Layer>& layers) {
  // Includes the padding, and the pixels that Winograd's last tiles read beyond it.
  const auto small = [](const Shape& s, const Pad& pad) {
    constexpr std::int64_t kTile = 8;
    const std::int64_t height = std::int64_t{s.height} + pad.top + pad.bottom + kTile;
    const std::int64_t width = std::int64_t{s.width} + pad.left + pad.right + kTile;
    return height <= kMaxElements / kImagesAtATime / width / s.channels;
  };
  bool pixels = true;
  for (const Layer& layer : layers) {
    const auto* conv = std::get_if<Conv>(&layer.params);
    if (!small(layer.in, conv == nullptr ? Pad() : conv->pad) || !small(layer.out, {})) return false;
    if (ends_pixels(layer)) pixels = false;
    if (!pixels && layer.out.plane() > 1) return false;
  }
  return true;
}

std::unique_ptr<Engine> make_packed_engine(const std::vector<Layer>& layers,
                                           const std::vector<LayerWeights>& weights,
                                           const EngineOptions& options) {
  return std::make_unique<PackedEngine>(packed::best(), layers, &weights, options);
}

}  // namespace alexnet
