#include "import/protobuf/onnx_lrn.hpp"

#include <algorithm>
#include <limits>

#include "core/escape_for_terminal.hpp"
#include "import/protobuf/onnx_operators.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

[[noreturn]] void fail_pattern(const OnnxNode& node) {
  node.fail(
      "operator " + in_quotes(node.type()) +
      " after a square is supported as part of a local response normalisation only, as PyTorch exports it");
}

}  // namespace

bool OnnxLrn::begins(const OnnxNode& node, const std::vector<std::string>& activations) {
  if (node.type() == "Mul") return activations.size() == 2 && activations[0] == activations[1];
  if (node.type() != "Pow" || activations.size() != 1 || node.inputs[0].constant != nullptr) return false;
  return node.scalar(node.needed_constant(1, "exponent"), "exponent") == 2;
}

OnnxLrn::OnnxLrn(const OnnxNode& node, std::string activation, const Dims& dims)
    : activation_(std::move(activation)), current_(node.proto().output(0)), shape_(dims), dims_(dims) {
  constexpr std::size_t kRank = 4;
  if (dims.size() != kRank)
    node.fail("squares " + to_string(dims) + "; supported is a square of N x C x H x W");
}

// Reads a node that combines the value with one number, at this step of the pattern.
float OnnxLrn::constant(const OnnxNode& node, Step after, Step before) {
  if (step_ != before) fail_pattern(node);
  step_ = after;
  const std::size_t at = node.inputs[0].constant != nullptr && node.type() != "Pow" ? 0 : 1;
  return node.scalar(node.needed_constant(at, "second input"), "second input");
}

// pads: before each axis, then after each. Only the axis of the channels may have some.
void OnnxLrn::pad(const OnnxNode& node, const Dims& pads, std::size_t axis) {
  const std::size_t rank = pads.size() / 2;
  if (pads.size() % 2 != 0 || axis >= rank) fail_pattern(node);
  for (std::size_t i = 0; i < pads.size(); ++i)
    if (pads[i] < 0 || pads[i] > kMaxElements || (i % rank != axis && pads[i] != 0)) fail_pattern(node);
  before_ += pads[axis];
  after_ += pads[axis + rank];
}

// The pool takes the average over channels, which are the depth of N x 1 x C x H x W.
void OnnxLrn::average(const OnnxNode& node) {
  step_ = Step::averaged;
  const Dims kernel = node.integers("kernel_shape").value_or(Dims{});
  const Dims pads = node.integers("pads").value_or(Dims{0, 0, 0, 0, 0, 0});
  const bool has_pads = std::ranges::any_of(pads, [](std::int64_t p) { return p != 0; });
  const Dims padded{shape_[0], 1, shape_[1] + before_ + after_, shape_[2], shape_[3]};
  if (dims_ != padded || kernel.size() != 3 || kernel[1] != 1 || kernel[2] != 1 || kernel[0] < 1 ||
      kernel[0] > std::numeric_limits<int>::max() || pads.size() != 6 ||
      node.integers("strides").value_or(Dims{1, 1, 1}) != Dims{1, 1, 1} ||
      (has_pads && node.integer("count_include_pad", std::int64_t{0}) == 0) ||
      node.integer("ceil_mode", std::int64_t{0}) != 0 || node.text("auto_pad", "NOTSET") != "NOTSET")
    fail_pattern(node);
  pad(node, pads, 0);
  lrn_.size = static_cast<int>(kernel[0]);
  dims_[2] = shape_[1] + before_ + after_ - lrn_.size + 1;
}

bool OnnxLrn::read(const OnnxNode& node, const std::vector<std::string>& activations) {
  const std::string& type = node.type();
  if (type == "Div") {
    if (step_ != Step::raised || dims_ != shape_ || node.input_name(0) != activation_ ||
        node.input_name(1) != current_)
      fail_pattern(node);
    return true;
  }
  if (activations.size() != 1 || activations[0] != current_) fail_pattern(node);
  if (type == "Reshape" || type == "Unsqueeze" || type == "Squeeze") {
    dims_ = reshaped_dims(node, dims_);
  } else if (type == "Identity") {
    node.allow({});
  } else if (type == "Pad" && step_ == Step::squared) {
    const Dims pads = node.opset() < 11 ? node.integers("pads").value_or(Dims{})
                                        : node.integers(node.needed_constant(1, "pads"), "pads");
    const float value = node.opset() < 11             ? node.number("value", 0)
                        : node.constant(2) != nullptr ? node.scalar(*node.constant(2), "value")
                                                      : 0;
    if (pads.size() != 2 * dims_.size() || value != 0 || node.text("mode", "constant") != "constant" ||
        (node.opset() >= 18 && node.constant(3) != nullptr))
      fail_pattern(node);
    pad(node, pads, 2);
    dims_[2] += pads[2] + pads[2 + dims_.size()];
  } else if (type == "AveragePool" && step_ == Step::squared) {
    average(node);
  } else if (type == "Mul") {
    lrn_.alpha = constant(node, Step::multiplied, Step::averaged);
  } else if (type == "Add") {
    lrn_.k = constant(node, Step::added, Step::multiplied);
  } else if (type == "Pow") {
    lrn_.beta = constant(node, Step::raised, Step::added);
  } else {
    fail_pattern(node);
  }
  node.refuse_further_inputs();
  check_dims(dims_, node.file().name(), node.field());
  current_ = node.proto().output(0);
  return false;
}

void OnnxLrn::finish(OnnxFlow& flow, const OnnxNode& node) const {
  if (lrn_.size % 2 == 0 || before_ != lrn_.size / 2 || after_ != lrn_.size / 2)
    node.fail("ends a local response normalisation over " + std::to_string(lrn_.size) + " channels with " +
              std::to_string(before_) + " and " + std::to_string(after_) +
              " of padding; supported are an odd number, and half of it on both sides");
  flow.add(node, lrn_);
}

}  // namespace alexnet
