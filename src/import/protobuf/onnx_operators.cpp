#include "import/protobuf/onnx_operators.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "alexnet/error.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

void read_relu(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  flow.add(node, Relu{});
}

void read_global_average_pool(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  if (flow.dims().size() < 2) node.fail("its input has no dimensions to take the average over");
  flow.add(node, GlobalAveragePool{});
}

void read_lrn(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"alpha", "beta", "bias", "size"});
  Lrn lrn;
  lrn.size = node.integer("size", 0, 1, std::numeric_limits<int>::max());
  lrn.alpha = node.number("alpha", 1e-4F);
  lrn.beta = node.number("beta", 0.75F);
  lrn.k = node.number("bias", 1.0F);
  flow.add(node, lrn);
}

void read_dropout(OnnxFlow& flow, const OnnxNode& node) {
  Dropout dropout;
  if (node.opset() < 12) {
    node.allow({"ratio"});
    dropout.ratio = static_cast<double>(node.number("ratio", 0.5F));
  } else {
    node.allow({"seed"});
    if (const auto* ratio = node.constant(1))
      dropout.ratio = static_cast<double>(node.scalar(*ratio, "ratio"));
    if (const auto* training = node.constant(2))
      if (training->dtype.name != "BOOL" || training->data[0] != std::byte{0})
        node.fail("training_mode must be false: photos are classified, not trained on");
  }
  flow.add(node, dropout);
}

// Supports softmax across channels only. If ONNX normalises several dimensions together, the others must have
// size 1.
void read_softmax(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"axis"});
  const auto rank = static_cast<std::int64_t>(flow.dims().size()) + 1;
  const bool flattens = node.opset() < 13;  // normalises all dimensions from `axis` on together
  std::int64_t axis = node.integer("axis", flattens ? 1 : -1);
  if (axis < -rank || axis >= rank)
    node.fail("axis is " + std::to_string(axis) + ", but its input has " + std::to_string(rank) +
              " dimensions");
  if (axis < 0) axis += rank;
  if (flow.channels_last() && axis == rank - 1) axis = 1;
  if (axis != 1 || (flattens && flow.shape().plane() != 1))
    node.fail("takes the softmax over " + std::string(flattens ? "the dimensions from " : "dimension ") +
              std::to_string(axis) + (flattens ? " on" : "") + " of a batch of " + to_string(flow.dims()) +
              "; only over the channels is supported");
  flow.add(node, Softmax{});
}

void read_log_softmax(OnnxFlow& flow, const OnnxNode& node) {
  read_softmax(flow, node);
  flow.end_in_logarithms(node);
}

void read_batch_norm(OnnxFlow& flow, const OnnxNode& node) {
  if (node.opset() < 9) {
    node.allow({"epsilon", "momentum", "spatial"});
    if (node.integer("spatial", std::int64_t{1}) != 1)
      node.fail("spatial is 0: statistics for each position are not supported");
  } else if (node.opset() < 14) {
    node.allow({"epsilon", "momentum"});
  } else {
    node.allow({"epsilon", "momentum", "training_mode"});
    if (node.integer("training_mode", std::int64_t{0}) != 0)
      node.fail("training_mode must be 0: photos are classified, not trained on");
  }
  Layer& layer = flow.add(node, BatchNorm{node.number("epsilon", 1e-5F)}, node.input_name(1));
  static constexpr const char* kRoles[] = {"weight", "bias", "running_mean", "running_var"};
  for (std::size_t i = 0; i < std::size(kRoles); ++i) {
    const StoredTensor& tensor = node.needed_constant(i + 1, kRoles[i]);
    if (tensor.dims != Dims{layer.in.channels})
      node.fail(std::string(kRoles[i]) + " has the shape " + to_string(tensor.dims) + ", expected " +
                std::to_string(layer.in.channels));
    flow.set_tensor(node, layer, kRoles[i], tensor);
  }
}

void read_identity(OnnxFlow&, const OnnxNode& node) { node.allow({}); }

// A limit of infinity means no limit.
void read_clip(OnnxFlow& flow, const OnnxNode& node) {
  constexpr float kNoLimit = std::numeric_limits<float>::max();
  Clip clip;
  if (node.opset() < 11) {
    node.allow({"min", "max"});
    clip = {node.limit("min", -kNoLimit), node.limit("max", kNoLimit)};
  } else {
    node.allow({});
    if (const auto* min = node.constant(1)) clip.min = node.scalar(*min, "min");
    if (const auto* max = node.constant(2)) clip.max = node.scalar(*max, "max");
  }
  if (std::isnan(clip.min) || std::isnan(clip.max)) node.fail("a limit is not a number");
  clip.min = std::clamp(clip.min, -kNoLimit, kNoLimit);
  clip.max = std::clamp(clip.max, -kNoLimit, kNoLimit);
  if (clip.min == 0 && clip.max == kNoLimit) {
    flow.add(node, Relu{});
  } else {
    flow.add(node, clip);
  }
}

// Supports the change between N x C x H x W and N x H x W x C, which moves no numbers here.
void read_transpose(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"perm"});
  const auto perm = node.integers("perm");
  Dims same(flow.dims().size() + 1);
  for (std::size_t i = 0; i < same.size(); ++i) same[i] = static_cast<std::int64_t>(i);
  if (perm == same) return;
  flow.finish();
  const bool last = flow.channels_last();
  if (flow.dims().size() != 3 || perm != (last ? Dims{0, 3, 1, 2} : Dims{0, 2, 3, 1}))
    node.fail(
        "transposes what is computed from the photo; supported is the transpose of weights, and the change "
        "between N x C x H x W and N x H x W x C");
  flow.set_channels_last(!last);
}

void read_cast(OnnxFlow&, const OnnxNode& node) {
  node.allow({"to", "saturate", "round_mode"});
  switch (node.integer("to", std::int64_t{0})) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::DOUBLE:
      return;
    default:
      node.fail("casts what is computed from the photo to a type that is not floating-point");
  }
}

// The mean or the maximum over height and width.
void read_reduce(OnnxFlow& flow, const OnnxNode& node) {
  const bool mean = node.type() == "ReduceMean";
  std::optional<Dims> axes;
  if (node.opset() < 18) {
    node.allow({"axes", "keepdims"});
    axes = node.integers("axes");
  } else {
    node.allow({"keepdims", "noop_with_empty_axes"});
    if (const auto* given = node.constant(1)) axes = node.integers(*given, "axes");
  }
  const bool last = flow.channels_last();
  Dims over = axes.value_or(Dims{});
  for (std::int64_t& axis : over)
    if (axis < 0) axis += 4;
  std::ranges::sort(over);
  if (flow.dims().size() != 3 || over != (last ? Dims{1, 2} : Dims{2, 3}))
    node.fail(std::string("takes the ") + (mean ? "mean" : "maximum") +
              " over other dimensions than height and width");
  if (mean) {
    flow.add(node, GlobalAveragePool{});
  } else {
    add_global_max_pool(flow, node);
  }
  const std::int64_t channels = flow.shape().channels;
  if (node.integer("keepdims", std::int64_t{1}) == 0) {
    flow.reshape(node, {flow.batch(), channels});
  } else if (last) {
    flow.set_channels_last(true);
  }
}

void read_sigmoid(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  if (flow.shape().count() != 1 || flow.top() == nullptr)
    node.fail("is a sigmoid of " + std::to_string(flow.shape().count()) +
              " numbers; supported is that of one score, as the last layer");
  flow.add_sigmoid(node);
}

}  // namespace

OnnxOperator* find_operator(const std::string& type) {
  static const std::map<std::string, OnnxOperator*> kOperators{
      {"Add", read_add},
      {"AveragePool", read_average_pool},
      {"BatchNormalization", read_batch_norm},
      {"Cast", read_cast},
      {"Clip", read_clip},
      {"Conv", read_conv},
      {"Div", read_scaling},
      {"Dropout", read_dropout},
      {"Flatten", read_reshape},
      {"Gemm", read_gemm},
      {"GlobalAveragePool", read_global_average_pool},
      {"GlobalMaxPool", read_global_max_pool},
      {"Identity", read_identity},
      {"LRN", read_lrn},
      {"LogSoftmax", read_log_softmax},
      {"MatMul", read_matmul},
      {"MaxPool", read_max_pool},
      {"Mul", read_scaling},
      {"Pad", read_pad},
      {"ReduceMax", read_reduce},
      {"ReduceMean", read_reduce},
      {"Relu", read_relu},
      {"Reshape", read_reshape},
      {"Sigmoid", read_sigmoid},
      {"Softmax", read_softmax},
      {"Squeeze", read_reshape},
      {"Sub", read_scaling},
      {"Transpose", read_transpose},
      {"Unsqueeze", read_reshape},
  };
  const auto found = kOperators.find(type);
  return found == kOperators.end() ? nullptr : found->second;
}

}  // namespace alexnet
