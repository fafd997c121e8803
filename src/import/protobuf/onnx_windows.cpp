// Reads convolutions and pools, and the Pad before them.
#include "import/protobuf/onnx_operators.hpp"

#include <algorithm>
#include <limits>

#include "core/escape_for_terminal.hpp"
#include "layers/layers.hpp"

namespace alexnet {
namespace {

constexpr int kMostPixels = 65535;

int checked(const OnnxNode& node, const char* attribute, std::int64_t value, int min) {
  if (value < min || value > kMostPixels)
    node.fail(std::string(attribute) + " holds " + std::to_string(value) + ", must be " +
              std::to_string(min) + " to " + std::to_string(kMostPixels));
  return static_cast<int>(value);
}

Size2 read_size(const OnnxNode& node, const char* attribute, Size2 fallback) {
  const auto sizes = node.integers(attribute);
  if (!sizes) return fallback;
  if (sizes->size() != 2)
    node.fail(std::string(attribute) + " has " + std::to_string(sizes->size()) +
              " numbers; only windows of two dimensions are supported");
  return {checked(node, attribute, (*sizes)[0], 1), checked(node, attribute, (*sizes)[1], 1)};
}

// Returns the total padding of auto_pad along one axis: enough for in / stride windows, rounded up.
int same_pad(std::int64_t in, int kernel, int stride, int dilation) {
  const std::int64_t windows = (in + stride - 1) / stride;
  const std::int64_t span = std::int64_t{dilation} * (kernel - 1) + 1;
  return static_cast<int>(
      std::clamp<std::int64_t>((windows - 1) * stride + span - in, 0, std::numeric_limits<int>::max()));
}

struct Window {
  Size2 kernel, stride, dilation;
  Pad pad;
  bool automatic = false;  // auto_pad determines padding and number of windows
};

Shape padded(const OnnxNode& node, const Shape& in, const Pad& pad) {
  const std::int64_t h = std::int64_t{in.height} + pad.top + pad.bottom;
  const std::int64_t w = std::int64_t{in.width} + pad.left + pad.right;
  if (h > kMaxElements / in.channels / w)
    node.fail("its padded input has more than " + std::to_string(kMaxElements) + " elements");
  return {in.channels, static_cast<int>(h), static_cast<int>(w)};
}

// in: input shape, including the padding of a Pad before this node.
Window read_window(const OnnxNode& node, const Shape& in, Size2 kernel) {
  Window window{kernel, read_size(node, "strides", {1, 1}), read_size(node, "dilations", {1, 1}), {}};
  if (const auto pads = node.integers("pads")) {
    if (pads->size() != 4) node.fail("pads has " + std::to_string(pads->size()) + " numbers, must have 4");
    const auto side = [&](std::size_t i) { return checked(node, "pads", (*pads)[i], 0); };
    window.pad = {side(0), side(1), side(2), side(3)};
  }
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET") return window;
  if (automatic != "VALID" && automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
    node.fail("auto_pad is " + in_quotes(automatic) + ", must be NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  if (window.pad != Pad()) node.fail("has both pads and auto_pad");
  window.automatic = true;
  if (automatic == "VALID") return window;
  const int h = same_pad(in.height, kernel.h, window.stride.h, window.dilation.h);
  const int w = same_pad(in.width, kernel.w, window.stride.w, window.dilation.w);
  window.pad = {h / 2, w / 2, h - h / 2, w - w / 2};
  if (automatic == "SAME_LOWER") window.pad = {window.pad.bottom, window.pad.right, h / 2, w / 2};
  return window;
}

// Returns the pads of all four dimensions from those of some axes.
Dims spread(const OnnxNode& node, const Dims& pads, const Dims& axes) {
  constexpr std::int64_t kRank = 4;
  Dims all(2 * kRank, 0);
  if (pads.size() != 2 * axes.size()) node.fail("must have two pads for each axis");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + kRank : axes[i];
    if (axis < 0 || axis >= kRank)
      node.fail("pads the axis " + std::to_string(axes[i]) + ", which is not there");
    all[static_cast<std::size_t>(axis)] = pads[i];
    all[static_cast<std::size_t>(axis + kRank)] = pads[i + axes.size()];
  }
  return all;
}

void require_image(const OnnxFlow& flow, const OnnxNode& node) {
  if (flow.dims().size() != 3)
    node.fail("its input is a batch of " + to_string(flow.dims()) +
              "; supported are those of channels x height x width");
}

// Adds a pool and merges the Pad before it into the pool's padding. Throws ModelError if this would change
// the windows.
template <class P>
void add_pool(OnnxFlow& flow, const OnnxNode& node, const std::optional<OnnxPad>& before, P pool) {
  if (!before) {
    flow.add(node, pool);
    return;
  }
  Shape expected;
  try {
    expected = output_shape(pool, padded(node, flow.shape(), before->pad));
  } catch (const ParameterError& e) {
    node.fail(e.field + ": " + e.what());
  }
  pool.pad = sum(pool.pad, before->pad);
  if (flow.add(node, pool).out != expected)
    node.fail("with ceil_mode, the Pad before it gives other windows than a pad of the pool's own");
}

Pool read_pool(const OnnxNode& node, const Window& window) {
  if (window.dilation != Size2{1, 1}) node.fail("dilations other than 1 are not supported");
  const bool ceil = node.integer("ceil_mode", 0, 0, 1) == 1;
  return {window.kernel, window.stride, window.pad, ceil && !window.automatic};
}

Window read_pool_window(const OnnxFlow& flow, const OnnxNode& node, const std::optional<OnnxPad>& before) {
  require_image(flow, node);
  const Size2 kernel = read_size(node, "kernel_shape", {0, 0});
  if (kernel.h == 0) node.fail("has no kernel_shape");
  return read_window(node, padded(node, flow.shape(), before ? before->pad : Pad()), kernel);
}

}  // namespace

void read_conv(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
  require_image(flow, node);
  const auto before = flow.take_pad();
  if (before && before->value != 0) node.fail("the Pad before a convolution must be with 0");
  const StoredTensor& weight = node.needed_constant(1, "weights");
  if (weight.dims.size() != 4)
    node.fail("its weights have the shape " + to_string(weight.dims) +
              "; only convolutions of two dimensions are supported");
  const Size2 kernel{checked(node, "the kernel's shape", weight.dims[2], 1),
                     checked(node, "the kernel's shape", weight.dims[3], 1)};
  if (read_size(node, "kernel_shape", kernel) != kernel)
    node.fail("kernel_shape is not that of its weights, " + to_string(weight.dims));
  const Window window = read_window(node, padded(node, flow.shape(), before ? before->pad : Pad()), kernel);
  Conv conv{.output = static_cast<int>(weight.dims[0]),
            .kernel = kernel,
            .stride = window.stride,
            .pad = before ? sum(window.pad, before->pad) : window.pad,
            .dilation = window.dilation,
            .group = node.integer("group", 1, 1, std::numeric_limits<int>::max()),
            .bias = false};
  const std::int64_t channels = flow.shape().channels;
  if (weight.dims[1] * conv.group != channels)
    node.fail("its weights have the shape " + to_string(weight.dims) + ", in " + std::to_string(conv.group) +
              " groups, but its input has " + std::to_string(channels) + " channels");
  const StoredTensor* const bias = node.constant(2);
  conv.bias = bias != nullptr;
  if (bias != nullptr && bias->dims != Dims{conv.output})
    node.fail("its bias has the shape " + to_string(bias->dims) + ", expected " +
              std::to_string(conv.output));
  const Layer& layer = flow.add(node, conv, node.input_name(1));
  flow.set_tensor(node, layer, "weight", weight);
  if (bias != nullptr) flow.set_tensor(node, layer, "bias", *bias);
}

void read_max_pool(OnnxFlow& flow, const OnnxNode& node) {
  if (node.opset() < 10) {
    node.allow({"auto_pad", "kernel_shape", "pads", "storage_order", "strides"});
  } else {
    node.allow({"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
  }
  if (node.integer("storage_order", std::int64_t{0}) != 0)
    node.fail("storage_order 1, column-major, is not supported");
  const bool nonnegative = flow.nonnegative();
  const auto before = flow.take_pad();
  const Window window = read_pool_window(flow, node, before);
  // Padding of a pool never wins the maximum, so the value of the Pad must not win either.
  if (before && before->value > std::numeric_limits<float>::lowest() && !(nonnegative && before->value <= 0))
    node.fail("the Pad before a max pool must be with minus infinity, or with 0 after a ReLU");
  add_pool(flow, node, before, MaxPool{read_pool(node, window)});
}

void read_average_pool(OnnxFlow& flow, const OnnxNode& node) {
  if (node.opset() < 10) {
    node.allow({"auto_pad", "count_include_pad", "kernel_shape", "pads", "strides"});
  } else if (node.opset() < 19) {
    node.allow({"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"});
  } else {
    node.allow(
        {"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"});
  }
  const auto before = flow.take_pad();
  const Window window = read_pool_window(flow, node, before);
  const bool counts = node.integer("count_include_pad", 0, 0, 1) == 1;
  if (before && before->value != 0) node.fail("the Pad before an average pool must be with 0");
  if (before && !counts && window.pad != Pad())
    node.fail("does not count its own pad, but that of the Pad before it; supported is one of the two");
  add_pool(flow, node, before, AveragePool{read_pool(node, window), counts || before.has_value()});
}

void read_global_max_pool(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  require_image(flow, node);
  add_global_max_pool(flow, node);
}

void add_global_max_pool(OnnxFlow& flow, const OnnxNode& node) {
  MaxPool pool;
  pool.kernel = {flow.shape().height, flow.shape().width};
  flow.add(node, pool);
}

void read_pad(OnnxFlow& flow, const OnnxNode& node) {
  require_image(flow, node);
  std::optional<Dims> pads;
  float value = 0;
  if (node.opset() < 11) {
    node.allow({"mode", "pads", "value"});
    pads = node.integers("pads");
    value = node.limit("value", 0);
  } else {
    node.allow({"mode"});
    pads = node.integers(node.needed_constant(1, "pads"), "pads");
    if (const auto* constant = node.constant(2)) value = node.scalar(*constant, "value");
    if (const auto* axes = node.opset() < 18 ? nullptr : node.constant(3))
      pads = spread(node, *pads, node.integers(*axes, "axes"));
  }
  if (const std::string mode = node.text("mode", "constant"); mode != "constant")
    node.fail("mode " + in_quotes(mode) + " is not supported; constant is");
  constexpr std::size_t kRank = 4;
  if (!pads || pads->size() != 2 * kRank) node.fail("must have 8 pads: two for each dimension");
  for (const std::size_t i : {0U, 1U, 4U, 5U})
    if ((*pads)[i] != 0) node.fail("pads the batch or the channels, which is not supported");
  const auto side = [&](std::size_t i) { return checked(node, "pads", (*pads)[i], 0); };
  flow.set_pad(node, {side(2), side(3), side(6), side(7)}, value);
}

}  // namespace alexnet
