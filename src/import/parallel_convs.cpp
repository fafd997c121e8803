#include "import/parallel_convs.hpp"

#include <algorithm>
#include <numeric>

namespace alexnet {
namespace {

// One axis of a convolution.
struct Axis {
  int kernel, dilation, before;
};

Axis rows(const Conv& c) { return {c.kernel.h, c.dilation.h, c.pad.top}; }
Axis columns(const Conv& c) { return {c.kernel.w, c.dilation.w, c.pad.left}; }

struct MergedAxis {
  int kernel, dilation, before, after;
};

// Tap a of a part reads the input at output * stride - before + dilation * a. The merged convolution begins
// at the largest padding, and its dilation divides all distances between taps.
MergedAxis merge_axis(std::span<const Conv> parts, Axis (*axis)(const Conv&), int in, int out, int stride) {
  MergedAxis merged{1, 0, 0, 0};
  for (const Conv& part : parts) merged.before = std::max(merged.before, axis(part).before);
  for (const Conv& part : parts) {
    const Axis a = axis(part);
    merged.dilation = std::gcd(merged.dilation, merged.before - a.before);
    if (a.kernel > 1) merged.dilation = std::gcd(merged.dilation, a.dilation);
  }
  merged.dilation = std::max(merged.dilation, 1);
  std::int64_t span = 1;
  for (const Conv& part : parts) {
    const Axis a = axis(part);
    span = std::max(span, merged.before - a.before + std::int64_t{a.dilation} * (a.kernel - 1) + 1);
  }
  merged.kernel = static_cast<int>((span - 1) / merged.dilation) + 1;
  const std::int64_t covered = std::int64_t{out - 1} * stride + span;
  merged.after = static_cast<int>(std::max<std::int64_t>(covered - in - merged.before, 0));
  return merged;
}

}  // namespace

Conv merge_parallel(std::span<const Conv> parts, const Shape& in) {
  const Conv& first = parts.front();
  const Shape out = output_shape(first, in);
  Conv merged = first;
  std::int64_t output = 0;
  merged.bias = false;
  for (const Conv& part : parts) {
    const Shape part_out = output_shape(part, in);
    if (part.group != 1) throw ParameterError("group", "is " + std::to_string(part.group) + ", must be 1");
    if (part.stride != first.stride) throw ParameterError("stride", "is not the same in all of them");
    if (part_out.height != out.height || part_out.width != out.width)
      throw ParameterError(
          "kernel", "gives outputs of different sizes, " + to_string(out) + " and " + to_string(part_out));
    output += part.output;
    merged.bias = merged.bias || part.bias;
  }
  if (output > kMaxElements) throw ParameterError("output", "the channels are more than fit");
  merged.output = static_cast<int>(output);
  const MergedAxis y = merge_axis(parts, rows, in.height, out.height, first.stride.h);
  const MergedAxis x = merge_axis(parts, columns, in.width, out.width, first.stride.w);
  merged.kernel = {y.kernel, x.kernel};
  merged.dilation = {y.dilation, x.dilation};
  merged.pad = {y.before, x.before, y.after, x.after};
  output_shape(merged, in);                                  // check the limits
  constexpr std::size_t kMaxKernels = std::size_t{1} << 28;  // 1 GiB: few weights can make many zeros
  if (kernel_elements(merged, in.channels) > kMaxKernels)
    throw ParameterError("kernel", "needs more than " + std::to_string(kMaxKernels) + " weights");
  return merged;
}

bool is_pointwise(const LayerParams& params) {
  return std::holds_alternative<Relu>(params) || std::holds_alternative<Clip>(params) ||
         std::holds_alternative<Dropout>(params);
}

bool same_pointwise(std::span<const Layer> a, std::span<const Layer> b) {
  return std::ranges::equal(a, b, [](const Layer& x, const Layer& y) {
    if (x.params.index() != y.params.index()) return false;
    const auto* const clip = std::get_if<Clip>(&x.params);
    if (clip == nullptr) return true;
    const Clip& other = std::get<Clip>(y.params);
    return clip->min == other.min && clip->max == other.max;
  });
}

std::size_t kernel_elements(const Conv& conv, int channels) {
  return static_cast<std::size_t>(conv.output) * static_cast<std::size_t>(channels / conv.group) *
         static_cast<std::size_t>(conv.kernel.h) * static_cast<std::size_t>(conv.kernel.w);
}

void embed_kernels(const Conv& part, const Conv& merged, int channels, std::span<const float> weights,
                   std::span<float> to) {
  const auto place = [](const Axis& part_axis, const Axis& merged_axis, int tap) {
    return static_cast<std::size_t>((merged_axis.before - part_axis.before + part_axis.dilation * tap) /
                                    merged_axis.dilation);
  };
  const auto height = static_cast<std::size_t>(merged.kernel.h);
  const auto width = static_cast<std::size_t>(merged.kernel.w);
  const float* from = weights.data();
  const std::size_t planes = static_cast<std::size_t>(part.output) * static_cast<std::size_t>(channels);
  for (std::size_t plane = 0; plane < planes; ++plane)
    for (int y = 0; y < part.kernel.h; ++y)
      for (int x = 0; x < part.kernel.w; ++x)
        to[(plane * height + place(rows(part), rows(merged), y)) * width +
           place(columns(part), columns(merged), x)] = *from++;
}

}  // namespace alexnet
