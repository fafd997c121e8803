#include "import/protobuf/onnx_flow.hpp"

#include <algorithm>
#include <array>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "layers/layers.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

// Returns true if a layer's output has no negative numbers.
bool is_nonnegative(const LayerParams& params, bool input_is) {
  if (std::holds_alternative<Relu>(params) || std::holds_alternative<Softmax>(params)) return true;
  if (const auto* clip = std::get_if<Clip>(&params)) return clip->min >= 0 || (input_is && clip->max >= 0);
  return input_is && !std::holds_alternative<Conv>(params) &&
         !std::holds_alternative<FullyConnected>(params) && !std::holds_alternative<BatchNorm>(params);
}

// Returns ONNX's name for the `field` of a ParameterError: "kernel_shape" for "kernel".
std::string onnx_attribute(const std::string& field) {
  static const std::map<std::string, std::string> kNames{
      {"kernel", "kernel_shape"}, {"stride", "strides"},     {"pad", "pads"},
      {"dilation", "dilations"},  {"output", "its weights"}, {"k", "bias"}};
  const auto found = kNames.find(field);
  return found == kNames.end() ? field : found->second;
}

Dims without_batch(const Dims& dims) { return {dims.begin() + 1, dims.end()}; }

}  // namespace

Shape to_shape(const Dims& dims) {
  const auto side = [&](std::size_t from_end) { return static_cast<int>(dims[dims.size() - from_end]); };
  return {static_cast<int>(dims[0]), dims.size() > 2 ? side(2) : 1, dims.size() > 1 ? side(1) : 1};
}

Pad sum(const Pad& a, const Pad& b) {
  return {a.top + b.top, a.left + b.left, a.bottom + b.bottom, a.right + b.right};
}

OnnxFlow::OnnxFlow(OnnxFile& file, const Dims& dims, bool channels_last)
    : file_(file.name()),
      batch_(dims[0]),
      dims_(without_batch(dims)),
      stack_(file_, to_shape(channels_last ? Dims{dims[3], dims[1], dims[2]} : dims_)),
      channels_last_(channels_last) {}

void OnnxFlow::set_channels_last(bool last) {
  channels_last_ = last;
  const std::int64_t channels = shape().channels;
  dims_ =
      last ? Dims{shape().height, shape().width, channels} : Dims{channels, shape().height, shape().width};
}

void OnnxFlow::add_sigmoid(const OnnxNode& node) {
  static constexpr std::array<float, 2> kTwoScores{0, 1};
  Layer& layer = add(node, FullyConnected{2, false});
  set_tensor(node, layer, "weight", {{2, 1}, *find_dtype("F32"), std::as_bytes(std::span(kTwoScores))});
  add_named(node, Softmax{}, "prob");
  notes.emplace_back("its one output is a sigmoid: the probability of class 1; class 0 has the rest");
}

std::string OnnxFlow::unused(const std::string& name) {
  int& times = names_[name];
  if (++times == 1) return name;
  for (;; ++times)
    if (std::string another = name + "_" + std::to_string(times); names_.emplace(another, 1).second)
      return another;
}

Layer& OnnxFlow::add(const OnnxNode& node, LayerParams params, const std::string& weight) {
  std::string name = node.name().empty() ? node.proto().output(0) : node.name();
  for (const std::string_view suffix : {".weight", "_weight", "_w", "_w_0"})  // _w_0 comes from Caffe2
    if (weight.size() > suffix.size() && weight.ends_with(suffix))
      name = weight.substr(0, weight.size() - suffix.size());
  return add_named(node, params, escape_for_terminal(name, kExcerpt));
}

Layer& OnnxFlow::add_named(const OnnxNode& node, LayerParams params, const std::string& name) {
  finish();
  if (!logarithms_.empty())
    node.fail("follows the LogSoftmax " + logarithms_ + ", which is supported as the last layer only");
  try {
    output_shape(params, stack_.out());
  } catch (const ParameterError& e) {
    node.fail(onnx_attribute(e.field) + ": " + e.what());
  }
  nonnegative_ = is_nonnegative(params, nonnegative_);
  top_ = &stack_.add(unused(name), params);
  const Shape& out = top_->out;
  if (std::holds_alternative<FullyConnected>(params) || std::holds_alternative<Flatten>(params)) {
    dims_ = {out.channels};
    channels_last_ = false;
  } else if (!channels_last_) {
    dims_[0] = out.channels;
    if (dims_.size() > 1) dims_.back() = out.width;
    if (dims_.size() > 2) dims_[1] = out.height;
  }
  return *top_;
}

void OnnxFlow::set_tensor(const OnnxNode& node, const Layer& layer, const char* role, StoredTensor tensor) {
  node.file().count_copied(tensor, node.field());
  tensors.emplace(layer.name + "." + role, std::move(tensor));
}

void OnnxFlow::reshape(const OnnxNode& node, const Dims& dims) {
  finish();
  if (dims.size() < 2 || dims.size() > 4 || dims[0] != batch_)
    node.fail("gives the shape " + to_string(dims) + "; supported are a batch of " + std::to_string(batch_) +
              ", channels, and up to two more dimensions");
  const Dims image = without_batch(dims);
  const auto count = check_dims(image, file_, node.field());
  if (channels_last_ && image.size() == 1 && count == static_cast<std::int64_t>(shape().count())) {
    const Shape flat = shape();
    add(node, Flatten{});
    if (flat.plane() > 1 && flat.channels > 1) flattened_ = flat;
    return;
  }
  if (channels_last_) {
    if (image != dims_) node.fail("gives the shape " + to_string(dims) + "; only flattening is supported");
    return;
  }
  const Shape& from = shape();
  const Shape to = to_shape(image);
  if (to != from) {
    if (to != Shape{static_cast<int>(from.count()), 1, 1} || count != to.channels)
      node.fail("turns " + to_string(from) + " into " + to_string(image) + "; only flattening is supported");
    add(node, Flatten{});
  }
  dims_ = image;
}

void OnnxFlow::set_pad(const OnnxNode& node, const Pad& pad, float value) {
  constexpr int kMostPixels = 65535;
  if (pad == Pad()) return;
  if (pad_ && pad_->value != value) finish();
  pad_ = OnnxPad{node.field(), pad_ ? sum(pad_->pad, pad) : pad, value};
  if (std::max({pad_->pad.top, pad_->pad.left, pad_->pad.bottom, pad_->pad.right}) > kMostPixels)
    node.fail("pads by more than " + std::to_string(kMostPixels) + " pixels");
}

void OnnxFlow::end_in_logarithms(const OnnxNode& node) {
  logarithms_ = node.field();
  notes.emplace_back(
      "its last layer, a LogSoftmax, gives the logarithms of the probabilities; here it gives those");
}

void OnnxFlow::finish() const {
  if (pad_)
    throw ModelError(file_, pad_->node, "a Pad is supported right before a convolution or a pool only");
  if (flattened_)
    throw ModelError(file_, "graph.node",
                     "flattening height x width x channels is supported right before a matrix product only");
}

}  // namespace alexnet
