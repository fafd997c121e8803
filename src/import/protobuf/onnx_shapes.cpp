// Reshaping of tensors.
#include "import/protobuf/onnx_operators.hpp"

#include "weights/tensor_check.hpp"

namespace alexnet {
namespace {

std::int64_t product(const Dims& dims, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t i = begin; i < end; ++i) product *= dims[i];
  return product;
}

// Returns the axes of Squeeze or Unsqueeze, or nullopt if they are omitted.
std::optional<Dims> read_axes(const OnnxNode& node) {
  if (node.opset() < 13) {
    node.allow({"axes"});
    auto axes = node.integers("axes");
    if (axes && std::ssize(*axes) > OnnxNode::kMaxIntegers)
      node.fail("has " + std::to_string(axes->size()) + " axes");
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
  const std::size_t cut = axis == static_cast<std::int64_t>(rank) ? rank : node.axis(axis, rank);
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
    const std::size_t i = node.axis(axis, dims.size());
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
    const std::size_t i = node.axis(axis, is_new.size());
    if (is_new[i]) node.fail("names the axis " + std::to_string(i) + " twice");
    is_new[i] = true;
  }
  Dims to(is_new.size(), 1);
  for (std::size_t i = 0, from = 0; i < to.size(); ++i)
    if (!is_new[i]) to[i] = dims[from++];
  return to;
}

}  // namespace

Dims reshaped_dims(const OnnxNode& node, const Dims& dims) {
  if (node.type() == "Flatten") return flattened(node, dims);
  if (node.type() == "Reshape") return reshaped(node, dims);
  if (node.type() == "Squeeze") return squeezed(node, dims);
  return unsqueezed(node, dims);
}

void read_reshape(OnnxFlow& flow, const OnnxNode& node) {
  Dims dims = flow.dims();
  dims.insert(dims.begin(), flow.batch());
  flow.reshape(node, reshaped_dims(node, dims));
}

}  // namespace alexnet
