#include "import/protobuf/onnx_node.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {

OnnxNode::OnnxNode(OnnxFile& file, int index)
    : OnnxNode(file, file.graph().node(index),
               file.graph().node(index).name().empty()
                   ? "nodes[" + std::to_string(index) + "]"
                   : "nodes." + escape_for_terminal(file.graph().node(index).name(), kExcerpt)) {}

OnnxNode::OnnxNode(OnnxFile& file, const onnx::NodeProto& proto, std::string field)
    : file_(file), proto_(proto), field_(std::move(field)) {}

void OnnxNode::fail(const std::string& reason) const { throw ModelError(file_.name(), field_, reason); }

void OnnxNode::fail_unsupported() const {
  static constexpr std::array kQuantised{"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
                                         "QLinearConv",    "QLinearMatMul",    "ConvInteger",
                                         "MatMulInteger"};
  if (std::ranges::find(kQuantised, type()) != kQuantised.end())
    fail("operator " + in_quotes(type()) +
         ": the file is quantised, which is not supported; use the float32 file "
         "that it was made from");
  const std::string domain = proto_.domain().empty() ? "" : proto_.domain() + ".";
  fail("operator " + in_quotes(domain + type()) + " (opset " + std::to_string(opset()) +
       ") is not supported");
}

void OnnxNode::allow(std::initializer_list<const char*> attributes) const {
  std::set<std::string> seen;
  for (const auto& attribute : proto_.attribute()) {
    if (std::ranges::find(attributes, attribute.name()) == attributes.end())
      fail(type() + " (opset " + std::to_string(opset()) + ") has no attribute " +
           in_quotes(attribute.name()));
    if (!seen.insert(attribute.name()).second) fail("attribute " + attribute.name() + " occurs twice");
  }
}

const onnx::AttributeProto* OnnxNode::find(const char* attribute,
                                           onnx::AttributeProto_AttributeType type) const {
  const auto found = std::ranges::find(proto_.attribute(), attribute, &onnx::AttributeProto::name);
  if (found == proto_.attribute().end()) return nullptr;
  if (found->type() != type)
    fail(std::string("attribute ") + attribute + " is of type " +
         onnx::AttributeProto_AttributeType_Name(found->type()) + ", must be " +
         onnx::AttributeProto_AttributeType_Name(type));
  return &*found;
}

bool OnnxNode::has(const char* attribute) const {
  return std::ranges::find(proto_.attribute(), attribute, &onnx::AttributeProto::name) !=
         proto_.attribute().end();
}

std::int64_t OnnxNode::integer(const char* attribute, std::int64_t fallback) const {
  const auto* const found = find(attribute, onnx::AttributeProto::INT);
  return found == nullptr ? fallback : found->i();
}

int OnnxNode::integer(const char* attribute, int fallback, int min, int max) const {
  const std::int64_t value = integer(attribute, fallback);
  if (value < min || value > max)
    fail(std::string(attribute) + " is " + std::to_string(value) + ", must be " + std::to_string(min) +
         " to " + std::to_string(max));
  return static_cast<int>(value);
}

float OnnxNode::limit(const char* attribute, float fallback) const {
  const auto* const found = find(attribute, onnx::AttributeProto::FLOAT);
  return found == nullptr ? fallback : found->f();
}

float OnnxNode::number(const char* attribute, float fallback) const {
  const float value = limit(attribute, fallback);
  if (!std::isfinite(value)) fail(std::string(attribute) + " is not a finite number");
  return value;
}

std::string OnnxNode::text(const char* attribute, const std::string& fallback) const {
  const auto* const found = find(attribute, onnx::AttributeProto::STRING);
  return found == nullptr ? fallback : found->s();
}

std::optional<Dims> OnnxNode::integers(const char* attribute) const {
  const auto* const found = find(attribute, onnx::AttributeProto::INTS);
  if (found == nullptr) return std::nullopt;
  return Dims(found->ints().begin(), found->ints().end());
}

const onnx::GraphProto& OnnxNode::graph(const char* attribute) const {
  const auto* const found = find(attribute, onnx::AttributeProto::GRAPH);
  if (found == nullptr) fail(std::string("has no attribute ") + attribute);
  return found->g();
}

const onnx::AttributeProto& OnnxNode::only_attribute() const {
  if (proto_.attribute_size() != 1)
    fail("has " + std::to_string(proto_.attribute_size()) + " attributes, must have one");
  return proto_.attribute(0);
}

std::size_t OnnxNode::axis(std::int64_t axis, std::size_t rank) const {
  const auto end = static_cast<std::int64_t>(rank);
  if (axis < -end || axis >= end)
    fail("axis " + std::to_string(axis) + " is none of the " + std::to_string(rank) + " dimensions");
  return static_cast<std::size_t>(axis < 0 ? axis + end : axis);
}

const std::string& OnnxNode::input_name(std::size_t i) const {
  static const std::string kNone;
  return i < inputs.size() ? inputs[i].name : kNone;
}

const StoredTensor* OnnxNode::constant(std::size_t i) const {
  asked_ = std::max(asked_, i + 1);
  if (input_name(i).empty()) return nullptr;
  if (inputs[i].constant == nullptr)
    fail("its input " + in_quotes(inputs[i].name) + " is computed from the photo, must be a constant");
  return inputs[i].constant;
}

void OnnxNode::refuse_further_inputs() const {
  for (std::size_t i = asked_; i < inputs.size(); ++i)
    if (inputs[i].constant != nullptr)
      fail(type() + " (opset " + std::to_string(opset()) + ") takes no input " + std::to_string(i + 1) +
           ", " + in_quotes(inputs[i].name));
}

const StoredTensor& OnnxNode::needed_constant(std::size_t i, const char* what) const {
  const StoredTensor* const tensor = constant(i);
  if (tensor == nullptr) fail(std::string("has no ") + what);
  return *tensor;
}

float OnnxNode::scalar(const StoredTensor& tensor, const char* what) const {
  if (check_dims(tensor.dims, file_.name(), field_) != 1)
    fail(std::string(what) + " has the shape " + to_string(tensor.dims) + ", must be one number");
  return file_.floats(tensor, field_ + ": " + what).front();
}

Dims OnnxNode::integers(const StoredTensor& tensor, const char* what) const {
  if (tensor.dims.size() > 1) fail_integers(tensor, what);
  return elements(tensor, what);
}

void OnnxNode::fail_integers(const StoredTensor& tensor, const char* what) const {
  fail(std::string(what) + " is " + std::string(tensor.dtype.name) + " of the shape " +
       to_string(tensor.dims) + ", must be a list of at most " + std::to_string(kMaxIntegers) + " int64");
}

Dims OnnxNode::elements(const StoredTensor& tensor, const char* what) const {
  const std::int64_t count = check_dims(tensor.dims, file_.name(), field_);
  if ((tensor.dtype.name != "I64" && tensor.dtype.name != "I32") || count > kMaxIntegers)
    fail_integers(tensor, what);
  const Dims strides = tensor.strides.empty() ? row_major_strides(tensor.dims) : tensor.strides;
  Dims values;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t from = offset_of(i, tensor.dims, strides);
    const std::byte* const element = tensor.data.data() + static_cast<std::size_t>(from) * tensor.dtype.bytes;
    std::int32_t small = 0;
    std::memcpy(&small, element, sizeof small);
    values.push_back(small);
    if (tensor.dtype.name == "I64") std::memcpy(&values.back(), element, sizeof(std::int64_t));
  }
  return values;
}

}  // namespace alexnet
