#include "alexnet/analysis.hpp"

#include <algorithm>

#include "layers/layers.hpp"
#include "network/model.hpp"
#include "weights/weights.hpp"

namespace alexnet {
namespace {

// A window and its range of channels.
struct Window {
  Size2 kernel{1, 1};
  Size2 stride{1, 1};
  Pad pad{};
  Size2 dilation{1, 1};
  int first = 0;  // channels [first, last)
  int last = 0;
  bool with_pad = false;  // true if positions in the padding are taps
};

Window whole(const Shape& in) {
  Window w;
  w.kernel = {in.height, in.width};
  w.stride = w.kernel;
  w.last = in.channels;
  return w;
}

Window window_of(const Layer& layer, int channel) {
  Window w;
  w.first = channel;
  w.last = channel + 1;
  const auto pool = [&w](const Pool& p) {
    w.kernel = p.kernel;
    w.stride = p.stride;
    w.pad = p.pad;
  };
  if (const auto* c = std::get_if<Conv>(&layer.params)) {
    const int group_in = layer.in.channels / c->group;
    const int group = channel / (c->output / c->group);
    return {c->kernel, c->stride, c->pad, c->dilation, group * group_in, (group + 1) * group_in, true};
  }
  if (std::holds_alternative<FullyConnected>(layer.params)) return whole(layer.in);
  if (const auto* p = std::get_if<MaxPool>(&layer.params)) pool(*p);
  if (const auto* p = std::get_if<AveragePool>(&layer.params)) pool(*p);
  if (std::holds_alternative<GlobalAveragePool>(layer.params)) {
    w.kernel = {layer.in.height, layer.in.width};
    w.stride = w.kernel;
  }
  if (const auto* l = std::get_if<Lrn>(&layer.params)) {
    w.first = channel - std::min(channel, (l->size - 1) / 2);
    w.last = channel + 1 + std::min(layer.in.channels - 1 - channel, l->size / 2);
  }
  if (std::holds_alternative<Softmax>(layer.params)) {
    w.first = 0;
    w.last = layer.in.channels;
  }
  return w;
}

// Returns the output of the network that ends at this layer, so that the engine cannot fuse a later layer
// with it. Sets *engine to the engine's name unless it is null.
std::vector<float> output_at(const Model& model, const std::string& layer, std::optional<std::uint64_t> seed,
                             std::span<const float> input, std::string* engine) {
  const Network network = make_network(truncated_after(model, layer), seed);
  Workspace workspace(network, 1);
  std::ranges::copy(input, workspace.input().begin());
  const std::span<const float> out = network.forward(workspace, 1);
  if (engine != nullptr) *engine = network.engine_name();
  return {out.begin(), out.end()};
}

}  // namespace

std::vector<Tap> taps_of(const Layer& layer, std::span<const float> input, int channel, Position at) {
  const Shape& in = layer.in;
  if (std::holds_alternative<Flatten>(layer.params)) {
    const int x = channel % in.width;
    const int y = channel / in.width % in.height;
    const int from = channel / in.width / in.height;
    return {{from, {}, {y, x}, false, input[static_cast<std::size_t>(channel)]}};
  }
  const Window w = window_of(layer, channel);
  std::vector<Tap> taps;
  for (int c = w.first; c < w.last; ++c)
    for (int ky = 0; ky < w.kernel.h; ++ky)
      for (int kx = 0; kx < w.kernel.w; ++kx) {
        const int y = at.y * w.stride.h - w.pad.top + ky * w.dilation.h;
        const int x = at.x * w.stride.w - w.pad.left + kx * w.dilation.w;
        const bool inside = y >= 0 && y < in.height && x >= 0 && x < in.width;
        if (!inside && !w.with_pad) continue;
        const std::size_t i = static_cast<std::size_t>(c) * in.plane() +
                              static_cast<std::size_t>(y) * static_cast<std::size_t>(in.width) +
                              static_cast<std::size_t>(x);
        taps.push_back({c, {ky, kx}, {y, x}, !inside, inside ? input[i] : 0.0F});
      }
  return taps;
}

std::span<const float> kernel_row(const Layer& layer, std::span<const float> weights, int channel) {
  const auto k = static_cast<std::size_t>(gemm_size(layer)->k);
  return weights.subspan(static_cast<std::size_t>(channel) * k, k);
}

DotProduct dot(std::span<const Tap> column, std::span<const float> row) {
  DotProduct product;
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (i == 0 || column[i].channel != column[i - 1].channel) product.channels.push_back(0.0);
    product.channels.back() += static_cast<double>(column[i].value) * static_cast<double>(row[i]);
  }
  for (const double channel : product.channels) product.sum += channel;
  return product;
}

LayerRun run_layer(const Model& model, const std::string& layer, std::span<const float> input,
                   std::optional<std::uint64_t> seed) {
  const std::size_t index = layer_index(model, layer);
  const std::vector<Layer>& layers = model.description.layers;
  LayerRun run;
  run.out = output_at(model, layer, seed, input, &run.engine);
  if (index == 0) {
    run.in.assign(input.begin(), input.end());
  } else {
    run.in = output_at(model, layers[index - 1].name, seed, input, nullptr);
  }
  if (!multiplies(layers[index].params)) return run;
  const std::shared_ptr<Weights> weights = weights_of(model, seed);
  const std::vector<WeightSpec> specs = weight_specs(layers[index]);
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  run.weights = copy(weights->fetch(specs[0]));
  if (specs.size() > 1) run.bias = copy(weights->fetch(specs[1]));
  return run;
}

std::uint64_t layer_run_bytes(const Model& model, const std::string& layer) {
  const std::size_t index = layer_index(model, layer);
  const std::vector<Layer>& layers = model.description.layers;
  std::size_t largest = 0;
  for (const Layer& before : std::span(layers).first(index + 1))
    largest = std::max(largest, before.in.count() + before.out.count());
  const Layer& last = layers[index];
  const auto weights = static_cast<std::size_t>(parameter_count(last));
  return (layers.front().in.count() + last.in.count() + last.out.count() + weights + largest) * sizeof(float);
}

WorkedOut work_out(const Layer& layer, const LayerRun& run, int channel, Position at) {
  WorkedOut worked{taps_of(layer, run.in, channel, at), kernel_row(layer, run.weights, channel), {}};
  worked.product = dot(worked.column, worked.row);
  if (!run.bias.empty()) worked.bias = run.bias[static_cast<std::size_t>(channel)];
  return worked;
}

}  // namespace alexnet
