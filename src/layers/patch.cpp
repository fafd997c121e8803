#include "layers/patch.hpp"

#include <algorithm>

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

}  // namespace

std::vector<Tap> taps_of(const Layer& layer, std::span<const float> input, int channel, Place at) {
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

}  // namespace alexnet
