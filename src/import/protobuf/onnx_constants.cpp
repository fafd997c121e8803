// Nodes whose inputs are all constants: the importer computes them.
#include "import/protobuf/onnx_operators.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

StoredTensor identity_constant(const OnnxNode& node) {
  node.allow({});
  return node.needed_constant(0, "input");
}

StoredTensor reshape_constant(const OnnxNode& node) {
  StoredTensor tensor = node.needed_constant(0, "input");
  const Dims dims = reshaped_dims(node, tensor.dims);
  // The number of elements is the same, but there may be too many dimensions.
  check_dims(dims, node.file().name(), node.field());
  const bool one_for_all = std::ranges::all_of(tensor.strides, [](std::int64_t s) { return s == 0; });
  if (tensor.strides.empty()) {
    tensor.dims = dims;
  } else if (one_for_all) {
    tensor.dims = dims;
    tensor.strides.assign(dims.size(), 0);
  } else if (tensor.dtype.name == "I64" || tensor.dtype.name == "I32") {
    tensor = onnx_integers(node.file(), dims, node.elements(tensor, "input"), node.field());
  } else {
    tensor = {dims, *find_dtype("F32"), std::as_bytes(node.file().floats(tensor, node.field()))};
  }
  return tensor;
}

StoredTensor transpose_constant(const OnnxNode& node) {
  node.allow({"perm"});
  const StoredTensor& from = node.needed_constant(0, "input");
  const std::size_t rank = from.dims.size();
  Dims perm = node.integers("perm").value_or(Dims{});
  if (!node.has("perm"))
    for (std::size_t i = rank; i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  Dims sorted = perm;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < std::max(sorted.size(), rank); ++i)
    if (sorted.size() != rank || sorted[i] != static_cast<std::int64_t>(i))
      node.fail("perm is no order of the " + std::to_string(rank) + " dimensions");
  StoredTensor to = from;
  const Dims strides = from.strides.empty() ? row_major_strides(from.dims) : from.strides;
  to.strides.resize(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    to.dims[i] = from.dims[static_cast<std::size_t>(perm[i])];
    to.strides[i] = strides[static_cast<std::size_t>(perm[i])];
  }
  return to;
}

StoredTensor constant(const OnnxNode& node) {
  const onnx::AttributeProto& value = node.only_attribute();
  if (value.name() == "value") return node.file().tensor(value.t(), node.field());
  onnx::TensorProto& tensor = node.file().new_tensor();
  if (value.name() == "value_float") {
    tensor.add_float_data(value.f());
  } else if (value.name() == "value_floats") {
    *tensor.mutable_float_data() = value.floats();
    tensor.add_dims(value.floats_size());
  } else if (value.name() == "value_int") {
    tensor.add_int64_data(value.i());
  } else if (value.name() == "value_ints") {
    *tensor.mutable_int64_data() = value.ints();
    tensor.add_dims(value.ints_size());
  } else {
    node.fail("a constant given by the attribute " + in_quotes(value.name()) + " is not supported");
  }
  tensor.set_data_type(tensor.float_data_size() > 0 ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64);
  return node.file().tensor(tensor, node.field());
}

// The operators below compute shapes: they take at most 64 integers.

StoredTensor integer_tensor(const OnnxNode& node, const Dims& dims, const Dims& values) {
  return onnx_integers(node.file(), dims, values, node.field());
}

// Applies an operation to values of the two inputs, either of which may be one number.
template <typename Operation>
StoredTensor combine(const OnnxNode& node, Operation operation) {
  node.allow({});
  const StoredTensor& a = node.needed_constant(0, "first input");
  const StoredTensor& b = node.needed_constant(1, "second input");
  const Dims x = node.elements(a, "first input");
  const Dims y = node.elements(b, "second input");
  if (x.size() != y.size() && x.size() != 1 && y.size() != 1)
    node.fail("combines " + to_string(a.dims) + " and " + to_string(b.dims) + ", which is not supported");
  Dims values(std::max(x.size(), y.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = operation(x[x.size() == 1 ? 0 : i], y[y.size() == 1 ? 0 : i]);
  return integer_tensor(node, x.size() >= y.size() ? a.dims : b.dims, values);
}

StoredTensor arithmetic_constant(const OnnxNode& node) {
  return combine(node, [&](std::int64_t a, std::int64_t b) {
    const auto is_large = [](std::int64_t n) { return n < -kMaxElements || n > kMaxElements; };
    if (is_large(a) || is_large(b)) node.fail("combines numbers larger than " + std::to_string(kMaxElements));
    if (node.type() == "Div" && b == 0) node.fail("divides by 0");
    return node.type() == "Mul" ? a * b : node.type() == "Div" ? a / b : node.type() == "Add" ? a + b : a - b;
  });
}

StoredTensor gather_constant(const OnnxNode& node) {
  node.allow({"axis"});
  const StoredTensor& from = node.needed_constant(0, "input");
  const StoredTensor& indices = node.needed_constant(1, "indices");
  if (from.dims.size() != 1 || node.integer("axis", std::int64_t{0}) != 0)
    node.fail("gathers from " + to_string(from.dims) + "; supported is a list");
  const Dims list = node.elements(from, "input");
  Dims values;
  for (const std::int64_t index : node.elements(indices, "indices"))
    values.push_back(list[node.axis(index, list.size())]);
  return integer_tensor(node, indices.dims, values);
}

StoredTensor concat_constant(const OnnxNode& node) {
  node.allow({"axis"});
  Dims values;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Dims part = node.integers(node.needed_constant(i, "input"), "input");
    values.insert(values.end(), part.begin(), part.end());
    if (std::ssize(values) > OnnxNode::kMaxIntegers) node.fail("makes a list of more than 64 numbers");
  }
  return integer_tensor(node, {static_cast<std::int64_t>(values.size())}, values);
}

// One axis of a slice: its first index, how many it takes, and the step between them.
struct Range {
  std::int64_t begin = 0, count = 0, step = 1;
};

Range range_of(const OnnxNode& node, std::int64_t begin, std::int64_t end, std::int64_t step,
               std::int64_t size) {
  if (step == 0) node.fail("takes a slice with the step 0");
  const bool forward = step > 0;
  step = std::clamp(step, -size, size);  // a longer step takes one element, too
  const auto clamped = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + size : i, forward ? 0 : -1, forward ? size : size - 1);
  };
  begin = clamped(begin);
  const std::int64_t distance = forward ? clamped(end) - begin : begin - clamped(end);
  if (distance <= 0) node.fail("takes an empty slice");
  return {begin, (distance - 1) / std::abs(step) + 1, step};
}

// Returns the range of each axis of a tensor with these dimensions. Opset 10 made the attributes inputs.
std::vector<Range> read_ranges(const OnnxNode& node, const Dims& dims) {
  std::optional<Dims> begins, ends, axes, steps;
  if (node.opset() < 10) {
    node.allow({"axes", "ends", "starts"});
    begins = node.integers("starts");
    ends = node.integers("ends");
    axes = node.integers("axes");
  } else {
    node.allow({});
    begins = node.integers(node.needed_constant(1, "starts"), "starts");
    ends = node.integers(node.needed_constant(2, "ends"), "ends");
    if (const StoredTensor* const given = node.constant(3)) axes = node.integers(*given, "axes");
    if (const StoredTensor* const given = node.constant(4)) steps = node.integers(*given, "steps");
  }
  const std::size_t count = begins.value_or(Dims{}).size();
  for (const auto& list : {ends, axes, steps})
    if (list && list->size() != count) node.fail("has lists of different lengths");
  if (count == 0 || !ends) node.fail("has no starts and ends");
  std::vector<Range> ranges;
  for (const std::int64_t dim : dims) ranges.push_back({.begin = 0, .count = dim, .step = 1});
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t axis = node.axis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), dims.size());
    ranges[axis] = range_of(node, (*begins)[i], (*ends)[i], steps ? (*steps)[i] : 1, dims[axis]);
  }
  return ranges;
}

StoredTensor slice_constant(const OnnxNode& node) {
  const StoredTensor& from = node.needed_constant(0, "input");
  const Dims all = node.elements(from, "input");
  const Dims from_strides = row_major_strides(from.dims);
  Dims dims, strides, values;
  std::int64_t first = 0;
  for (const Range& range : read_ranges(node, from.dims)) {
    const std::int64_t stride = from_strides[dims.size()];
    first += range.begin * stride;
    dims.push_back(range.count);
    strides.push_back(range.step * stride);
  }
  const std::int64_t count = check_dims(dims, node.file().name(), node.field());
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(all[static_cast<std::size_t>(first + offset_of(i, dims, strides))]);
  return integer_tensor(node, dims, values);
}

// Compares values of `a` and `b`, either of which may be one number. The result is 1 or 0.
StoredTensor equal_constant(const OnnxNode& node) {
  return combine(node, [](std::int64_t a, std::int64_t b) { return std::int64_t{a == b}; });
}

StoredTensor cast_constant(const OnnxNode& node) {
  node.allow({"to", "saturate", "round_mode"});
  const StoredTensor& from = node.needed_constant(0, "input");
  const std::int64_t to = node.integer("to", std::int64_t{0});
  const bool from_integers = from.dtype.name == "I64" || from.dtype.name == "I32";
  const bool to_integers = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
  const bool to_floats = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE;
  if (from_integers ? to_integers : to_floats) return from;  // weights become float32 in any case
  if (from_integers && to == onnx::TensorProto::BOOL) {
    Dims values = node.elements(from, "input");
    for (std::int64_t& value : values) value = value != 0;
    return integer_tensor(node, from.dims, values);
  }
  if (!from_integers && to_integers &&
      check_dims(from.dims, node.file().name(), node.field()) <= OnnxNode::kMaxIntegers) {
    constexpr float kMaxExact = 1 << 24;  // float32 has all integers up to here
    Dims values;
    for (const float value : node.file().floats(from, node.field())) {
      if (!(std::abs(value) <= kMaxExact)) node.fail("casts a number that float32 does not hold exactly");
      values.push_back(static_cast<std::int64_t>(value));
    }
    return integer_tensor(node, from.dims, values);
  }
  node.fail("casts a constant of type " + std::string(from.dtype.name) +
            " to another type, which is not supported");
}

StoredTensor shape_constant(const OnnxNode& node) {
  node.allow({"end", "start"});
  return onnx_shape(node, node.needed_constant(0, "input").dims);
}

// Returns one element with strides 0, so that no memory is allocated for any shape.
StoredTensor constant_of_shape(const OnnxNode& node) {
  node.allow({"value"});
  static constexpr float kZero = 0;
  StoredTensor tensor{{}, *find_dtype("F32"), std::as_bytes(std::span(&kZero, 1))};
  if (node.has("value")) tensor = node.file().tensor(node.only_attribute().t(), node.field());
  if (check_dims(tensor.dims, node.file().name(), node.field()) != 1)
    node.fail("value has the shape " + to_string(tensor.dims) + ", must be one number");
  tensor.dims = node.integers(node.needed_constant(0, "shape"), "shape");
  check_dims(tensor.dims, node.file().name(), node.field());
  tensor.strides.assign(tensor.dims.size(), 0);
  return tensor;
}

}  // namespace

StoredTensor onnx_integers(OnnxFile& file, const Dims& dims, const Dims& values, const std::string& field) {
  onnx::TensorProto& tensor = file.new_tensor();
  tensor.set_data_type(onnx::TensorProto::INT64);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return file.tensor(tensor, field);
}

StoredTensor onnx_shape(const OnnxNode& node, const Dims& dims) {
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto clamped = [rank](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  const std::int64_t begin = clamped(node.integer("start", std::int64_t{0}));
  const std::int64_t end = clamped(node.integer("end", rank));
  if (begin >= end) node.fail("takes no dimension");
  const Dims part(dims.begin() + begin, dims.begin() + end);
  return onnx_integers(node.file(), {end - begin}, part, node.field());
}

OnnxConstant* find_constant_operator(const std::string& type) {
  static const std::map<std::string, OnnxConstant*> kOperators{{"Add", arithmetic_constant},
                                                               {"Cast", cast_constant},
                                                               {"Concat", concat_constant},
                                                               {"Constant", constant},
                                                               {"ConstantOfShape", constant_of_shape},
                                                               {"Div", arithmetic_constant},
                                                               {"Equal", equal_constant},
                                                               {"Flatten", reshape_constant},
                                                               {"Gather", gather_constant},
                                                               {"Identity", identity_constant},
                                                               {"Mul", arithmetic_constant},
                                                               {"Reshape", reshape_constant},
                                                               {"Shape", shape_constant},
                                                               {"Slice", slice_constant},
                                                               {"Squeeze", reshape_constant},
                                                               {"Sub", arithmetic_constant},
                                                               {"Transpose", transpose_constant},
                                                               {"Unsqueeze", reshape_constant}};
  const auto found = kOperators.find(type);
  return found == kOperators.end() ? nullptr : found->second;
}

}  // namespace alexnet
