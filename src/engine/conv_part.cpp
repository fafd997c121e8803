#include "engine/conv_part.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace alexnet {
namespace {

constexpr int kMinOutputs = 16;  // floats in the widest vector

// Returns the padding of the part's window: what is left of the layer's outside the window.
Pad pad_of(const Conv& conv, const ConvPart& part) {
  const int below = conv.kernel.h - part.at.h - part.kernel.h;
  const int right = conv.kernel.w - part.at.w - part.kernel.w;
  Pad pad = conv.pad;
  pad.top -= part.at.h * conv.dilation.h;
  pad.left -= part.at.w * conv.dilation.w;
  pad.bottom -= below * conv.dilation.h;
  pad.right -= right * conv.dilation.w;
  return pad;
}

bool is_zero(const StoredView& view, std::size_t i) {
  if (view.storage == Storage::f32) return static_cast<const float*>(view.data)[i] == 0;
  if (view.storage == Storage::i8) return static_cast<const std::int8_t*>(view.data)[i] == 0;
  std::uint16_t bits = 0;  // of a half or a bfloat16: all but the sign
  std::memcpy(&bits, static_cast<const std::byte*>(view.data) + i * sizeof bits, sizeof bits);
  return (bits & 0x7FFFU) == 0;
}

// Returns the smallest window around the weights of an output that are not zero; its size is 0 if all are.
ConvPart window_of(const Conv& conv, int channels, const StoredView& weights, int output) {
  const std::size_t taps = static_cast<std::size_t>(conv.kernel.h) * static_cast<std::size_t>(conv.kernel.w);
  const std::size_t begin = static_cast<std::size_t>(output) * static_cast<std::size_t>(channels) * taps;
  Size2 first = conv.kernel;
  Size2 last{-1, -1};
  for (std::size_t i = 0; i < static_cast<std::size_t>(channels) * taps; ++i) {
    if (is_zero(weights, begin + i)) continue;
    const int tap = static_cast<int>(i % taps);
    const Size2 at{tap / conv.kernel.w, tap % conv.kernel.w};
    first = {std::min(first.h, at.h), std::min(first.w, at.w)};
    last = {std::max(last.h, at.h), std::max(last.w, at.w)};
    if (first == Size2{0, 0} && last == Size2{conv.kernel.h - 1, conv.kernel.w - 1}) break;
  }
  if (last.h < 0) return {output, 1, {0, 0}, {0, 0}};
  return {output, 1, first, {last.h - first.h + 1, last.w - first.w + 1}};
}

}  // namespace

ConvPart whole(const Conv& conv) { return {0, conv.output, {0, 0}, conv.kernel}; }

Conv conv_of(const Conv& conv, const ConvPart& part) {
  Conv mine = conv;
  mine.output = part.count;
  mine.kernel = part.kernel;
  mine.pad = pad_of(conv, part);
  return mine;
}

std::vector<float> inside_window(const Floats& weights, const ConvPart& part, Size2 kernel, int channels) {
  std::vector<float> inside;
  inside.reserve(static_cast<std::size_t>(part.count) * static_cast<std::size_t>(channels) *
                 static_cast<std::size_t>(part.kernel.h * part.kernel.w));
  for (int output = 0; output < part.count; ++output)
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < part.kernel.h; ++y) {
        const float* from = weights.row(part.first + output) +
                            (std::ptrdiff_t{c} * kernel.h + part.at.h + y) * kernel.w + part.at.w;
        inside.insert(inside.end(), from, from + part.kernel.w);
      }
  return inside;
}

std::vector<ConvPart> parts_of(const Layer& layer, const StoredView& weights) {
  const auto& conv = std::get<Conv>(layer.params);
  if (conv.group > 1) return {whole(conv)};
  std::vector<ConvPart> parts;
  for (int output = 0; output < conv.output; ++output) {
    const ConvPart one = window_of(conv, layer.in.channels, weights, output);
    const bool joins = !parts.empty() && (one.kernel == Size2{0, 0} ||
                                          (one.at == parts.back().at && one.kernel == parts.back().kernel));
    if (joins) ++parts.back().count;
    if (!joins) parts.push_back(one);
  }
  for (const ConvPart& part : parts) {
    const Pad pad = pad_of(conv, part);
    if (part.count < kMinOutputs || part.kernel == Size2{0, 0} ||
        std::min({pad.top, pad.left, pad.bottom, pad.right}) < 0)
      return {whole(conv)};
  }
  return parts;
}

}  // namespace alexnet
