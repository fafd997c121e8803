// Reshaping of tensors, and constants in a graph.
#include "import/protobuf/onnx_operators.hpp"

#include <algorithm>
#include <cstdlib>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kMaxRank = 64;  // limit of check_dims

std::int64_t product(const Dims& dims, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t i = begin; i < end; ++i) product *= dims[i];
  return product;
}

std::size_t checked_axis(const OnnxNode& node, std::int64_t axis, std::size_t rank) {
  const auto end = static_cast<std::int64_t>(rank);
  if (axis < -end || axis >= end)
    node.fail("axis " + std::to_string(axis) + " is none of the " + std::to_string(rank) + " dimensions");
  return static_cast<std::size_t>(axis < 0 ? axis + end : axis);
}

// Returns the axes of Squeeze or Unsqueeze, or nullopt if they are omitted.
std::optional<Dims> read_axes(const OnnxNode& node) {
  if (node.opset() < 13) {
    node.allow({"axes"});
    auto axes = node.integers("axes");
    if (axes && axes->size() > kMaxRank) node.fail("has " + std::to_string(axes->size()) + " axes");
    return axes;
  }
  node.allow({});
  const StoredTensor* const axes = node.constant(1);
  return axes == nullptr ? std::nullopt : std::optional(node.integers(*axes, "axes"));
}

Dims flattened(const OnnxNode& node, const Dims& dims) {
  node.allow({"axis"});
  const std::int64_t axis = node.integer("axis", std::int64_t{1});
  const std::size_t rank = dims.size();
  const std::size_t cut = axis == static_cast<std::int64_t>(rank) ? rank : checked_axis(node, axis, rank);
  return {product(dims, 0, cut), product(dims, cut, rank)};
}

// In `shape`, 0 keeps the dimension (unless allowzero is set) and -1 stands for the remaining size.
Dims reshaped(const OnnxNode& node, const Dims& dims) {
  node.allow({"allowzero"});
  Dims to = node.integers(node.needed_constant(1, "shape"), "shape");
  const bool zeros = node.opset() >= 14 && node.integer("allowzero", std::int64_t{0}) != 0;
  std::int64_t left = product(dims, 0, dims.size());
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !zeros && i < dims.size()) to[i] = dims[i];
    if (to[i] == -1 && open == nullptr) {
      open = &to[i];
    } else if (to[i] < 1 || left % to[i] != 0) {
      node.fail("cannot give " + to_string(dims) + " the shape " + to_string(to));
    } else {
      left /= to[i];
    }
  }
  if (open != nullptr) {
    *open = left;
  } else if (left != 1) {
    node.fail("cannot give " + to_string(dims) + " the shape " + to_string(to));
  }
  return to;
}

Dims squeezed(const OnnxNode& node, const Dims& dims) {
  const auto axes = read_axes(node);
  std::vector<bool> goes(dims.size());
  if (!axes)
    for (std::size_t i = 0; i < dims.size(); ++i) goes[i] = dims[i] == 1;
  for (const std::int64_t axis : axes.value_or(Dims{})) {
    const std::size_t i = checked_axis(node, axis, dims.size());
    if (dims[i] != 1) node.fail("dimension " + std::to_string(i) + " of " + to_string(dims) + " is not 1");
    goes[i] = true;
  }
  Dims to;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (!goes[i]) to.push_back(dims[i]);
  return to;
}

Dims unsqueezed(const OnnxNode& node, const Dims& dims) {
  const auto axes = read_axes(node);
  if (!axes) node.fail("has no axes");
  std::vector<bool> is_new(dims.size() + axes->size());
  for (const std::int64_t axis : *axes) {
    const std::size_t i = checked_axis(node, axis, is_new.size());
    if (is_new[i]) node.fail("names the axis " + std::to_string(i) + " twice");
    is_new[i] = true;
  }
  Dims to(is_new.size(), 1);
  for (std::size_t i = 0, from = 0; i < to.size(); ++i)
    if (!is_new[i]) to[i] = dims[from++];
  return to;
}

Dims new_dims(const OnnxNode& node, const Dims& dims) {
  if (node.type() == "Flatten") return flattened(node, dims);
  if (node.type() == "Reshape") return reshaped(node, dims);
  if (node.type() == "Squeeze") return squeezed(node, dims);
  return unsqueezed(node, dims);
}

// ---- constants -------------------------------------------------------------------------------------------

StoredTensor identity_constant(const OnnxNode& node) {
  node.allow({});
  return node.needed_constant(0, "input");
}

StoredTensor reshape_constant(const OnnxNode& node) {
  StoredTensor tensor = node.needed_constant(0, "input");
  const Dims dims = new_dims(node, tensor.dims);
  // The number of elements is the same, but there may be too many dimensions.
  check_dims(dims, node.file().name(), node.field());
  const bool one_for_all = std::ranges::all_of(tensor.strides, [](std::int64_t s) { return s == 0; });
  if (tensor.strides.empty()) {
    tensor.dims = dims;
  } else if (one_for_all) {
    tensor.dims = dims;
    tensor.strides.assign(dims.size(), 0);
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

// Adds values of `b` to, or multiplies them with, those of `a`, either of which may be one number.
StoredTensor arithmetic_constant(const OnnxNode& node) {
  node.allow({});
  const StoredTensor& a = node.needed_constant(0, "first input");
  const StoredTensor& b = node.needed_constant(1, "second input");
  const Dims x = node.elements(a, "first input");
  const Dims y = node.elements(b, "second input");
  if (x.size() != y.size() && x.size() != 1 && y.size() != 1)
    node.fail("combines " + to_string(a.dims) + " and " + to_string(b.dims) + ", which is not supported");
  Dims values(std::max(x.size(), y.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t left = x[x.size() == 1 ? 0 : i];
    const std::int64_t right = y[y.size() == 1 ? 0 : i];
    if (std::abs(left) > kMaxElements || std::abs(right) > kMaxElements)
      node.fail("combines numbers larger than " + std::to_string(kMaxElements));
    if (node.type() == "Div" && right == 0) node.fail("divides by 0");
    values[i] = node.type() == "Mul"   ? left * right
                : node.type() == "Div" ? left / right
                : node.type() == "Add" ? left + right
                                       : left - right;
  }
  return integer_tensor(node, x.size() >= y.size() ? a.dims : b.dims, values);
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
    values.push_back(list[checked_axis(node, index, list.size())]);
  return integer_tensor(node, indices.dims, values);
}

StoredTensor concat_constant(const OnnxNode& node) {
  node.allow({"axis"});
  Dims values;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Dims part = node.integers(node.needed_constant(i, "input"), "input");
    values.insert(values.end(), part.begin(), part.end());
    if (values.size() > kMaxRank) node.fail("makes a list of more than 64 numbers");
  }
  return integer_tensor(node, {static_cast<std::int64_t>(values.size())}, values);
}

StoredTensor slice_constant(const OnnxNode& node) {
  Dims bounds[2];
  std::int64_t step = 1;
  if (node.opset() < 10) {
    node.allow({"axes", "ends", "starts"});
    bounds[0] = node.integers("starts").value_or(Dims{});
    bounds[1] = node.integers("ends").value_or(Dims{});
  } else {
    node.allow({});
    bounds[0] = node.integers(node.needed_constant(1, "starts"), "starts");
    bounds[1] = node.integers(node.needed_constant(2, "ends"), "ends");
    node.constant(3);
    if (const StoredTensor* const steps = node.constant(4)) {
      const Dims given = node.integers(*steps, "steps");
      if (given.size() == 1) step = given[0];
    }
  }
  const Dims list = node.integers(node.needed_constant(0, "input"), "input");
  if (bounds[0].size() != 1 || bounds[1].size() != 1 || step != 1)
    node.fail("takes a slice that is not supported; supported is a range of a list");
  const auto size = static_cast<std::int64_t>(list.size());
  const auto clamped = [size](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size);
  };
  const std::int64_t begin = clamped(bounds[0][0]);
  const std::int64_t end = std::max(begin, clamped(bounds[1][0]));
  const Dims values(list.begin() + begin, list.begin() + end);
  if (values.empty()) node.fail("takes an empty slice");
  return integer_tensor(node, {static_cast<std::int64_t>(values.size())}, values);
}

StoredTensor cast_constant(const OnnxNode& node) {
  node.allow({"to", "saturate", "round_mode"});
  const StoredTensor& from = node.needed_constant(0, "input");
  const std::int64_t to = node.integer("to", std::int64_t{0});
  const bool integers = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
  if (from.dtype.name == "I64" || from.dtype.name == "I32") {
    if (integers) return from;
  } else if (to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE) {
    return from;  // weights become float32 in any case
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

void read_reshape(OnnxFlow& flow, const OnnxNode& node) {
  Dims dims = flow.dims();
  dims.insert(dims.begin(), flow.batch());
  flow.reshape(node, new_dims(node, dims));
}

OnnxConstant* find_constant_operator(const std::string& type) {
  static const std::map<std::string, OnnxConstant*> kOperators{{"Add", arithmetic_constant},
                                                               {"Cast", cast_constant},
                                                               {"Concat", concat_constant},
                                                               {"Constant", constant},
                                                               {"ConstantOfShape", constant_of_shape},
                                                               {"Div", arithmetic_constant},
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
