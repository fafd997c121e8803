// Matrix products and their biases.
#include "import/protobuf/onnx_operators.hpp"

#include <algorithm>
#include <cmath>

#include "core/escape_for_terminal.hpp"

namespace alexnet {
namespace {

StoredTensor transposed(StoredTensor matrix) {
  if (matrix.strides.empty()) matrix.strides = row_major_strides(matrix.dims);
  std::ranges::reverse(matrix.dims);
  std::ranges::reverse(matrix.strides);
  return matrix;
}

// Returns the tensor as a bias for `count` outputs, which are dimension `axis` of `rank`. Returns nullopt if
// the tensor has another shape.
std::optional<StoredTensor> as_bias(StoredTensor tensor, std::int64_t count, std::size_t axis,
                                    std::size_t rank) {
  if (tensor.dims.size() > rank) return std::nullopt;
  if (tensor.strides.empty()) tensor.strides = row_major_strides(tensor.dims);
  tensor.dims.insert(tensor.dims.begin(), rank - tensor.dims.size(), 1);
  tensor.strides.insert(tensor.strides.begin(), rank - tensor.strides.size(), 0);
  for (std::size_t i = 0; i < rank; ++i)
    if (tensor.dims[i] != 1 && (i != axis || tensor.dims[i] != count)) return std::nullopt;
  tensor.strides = {tensor.dims[axis] == 1 ? 0 : tensor.strides[axis]};
  tensor.dims = {count};
  if (tensor.strides[0] == 1) tensor.strides.clear();
  return tensor;
}

StoredTensor scaled(const OnnxNode& node, StoredTensor tensor, float factor) {
  if (factor == 1) return tensor;
  tensor.data = std::as_bytes(node.file().scaled(tensor, factor, node.field()));
  tensor.dtype = *find_dtype("F32");
  tensor.strides.clear();
  return tensor;
}

std::size_t activation_input(const OnnxNode& node) {
  return node.inputs[0].constant == nullptr && !node.inputs[0].name.empty() ? 0 : 1;
}

// Returns the matrix [out, H x W x C] with its columns in the order C x H x W.
StoredTensor channels_first(const OnnxNode& node, const StoredTensor& matrix, const Shape& shape) {
  const auto columns = static_cast<std::int64_t>(shape.count());
  if (matrix.dims[1] != columns) return matrix;  // refused by the caller
  const Dims strides = matrix.strides.empty() ? row_major_strides(matrix.dims) : matrix.strides;
  StoredTensor turned = matrix;
  turned.dims = {matrix.dims[0], shape.channels, shape.height, shape.width};
  turned.strides = {strides[0], strides[1], strides[1] * shape.width * shape.channels,
                    strides[1] * shape.channels};
  return {matrix.dims, *find_dtype("F32"), std::as_bytes(node.file().floats(turned, node.field()))};
}

// Adds y = x * b: x is batch x in, b is in x out or, if `turned`, out x in.
Layer& add_product(OnnxFlow& flow, const OnnxNode& node, bool turned, float alpha) {
  if (activation_input(node) != 0)
    node.fail("multiplies weights by what is computed from the photo; supported is the other order");
  const StoredTensor& b = node.needed_constant(1, "second matrix");
  if (b.dims.size() != 2)
    node.fail("its second input has the shape " + to_string(b.dims) + ", must be a matrix");
  if (flow.dims().size() != 1)
    node.fail("its first input is a batch of " + to_string(flow.dims()) +
              ", must be a matrix: flatten it before");
  StoredTensor weight = turned ? b : transposed(b);
  if (const auto flattened = flow.take_flattened()) weight = channels_first(node, weight, *flattened);
  if (weight.dims[1] != flow.dims()[0])
    node.fail("multiplies " + std::to_string(flow.dims()[0]) + " columns by " +
              std::to_string(weight.dims[1]) + " rows");
  Layer& layer = flow.add(node, FullyConnected{static_cast<int>(weight.dims[0]), false}, node.input_name(1));
  flow.set_tensor(node, layer, "weight", scaled(node, weight, alpha));
  return layer;
}

}  // namespace

// y = alpha * x * b + beta * c
void read_gemm(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({"alpha", "beta", "transA", "transB"});
  if (node.integer("transA", std::int64_t{0}) != 0) node.fail("transA is 1: it mixes the images of a batch");
  const bool turned = node.integer("transB", std::int64_t{0}) != 0;
  Layer& layer = add_product(flow, node, turned, node.number("alpha", 1));
  const StoredTensor* const c = node.constant(2);
  if (c == nullptr) return;
  auto bias = as_bias(*c, layer.out.channels, 1, 2);
  if (!bias)
    node.fail("its third input has the shape " + to_string(c->dims) + ", must be " +
              std::to_string(layer.out.channels) + ", a bias for each output");
  std::get<FullyConnected>(layer.params).bias = true;
  flow.set_tensor(node, layer, "bias", scaled(node, *std::move(bias), node.number("beta", 1)));
}

void read_matmul(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  add_product(flow, node, false, 1);
}

namespace {

// Applies the constant of Add, Sub, Mul or Div to the scaling of the graph's input.
void scale_input(OnnxFlow& flow, const OnnxNode& node) {
  const std::size_t at = activation_input(node);
  const StoredTensor& constant = node.needed_constant(1 - at, "second input");
  const std::size_t rank = flow.dims().size() + 1;
  const auto channels = static_cast<std::size_t>(flow.shape().channels);
  const auto one_each = as_bias(constant, flow.shape().channels, flow.channels_last() ? rank - 1 : 1, rank);
  if (!one_each)
    node.fail("applies " + to_string(constant.dims) + " to a batch of " + to_string(flow.dims()) +
              "; supported is one number, or one for each channel");
  const std::span<const float> numbers = node.file().floats(*one_each, node.field());
  if (!flow.scaling)
    flow.scaling = OnnxScaling{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  for (std::size_t c = 0; c < channels; ++c) {
    double& factor = flow.scaling->factors[c];
    double& summand = flow.scaling->summands[c];
    const auto number = static_cast<double>(numbers[numbers.size() == 1 ? 0 : c]);
    if (node.type() == "Add" || node.type() == "Sub") {
      const bool negated = node.type() == "Sub" && at == 1;
      if (negated) factor = -factor, summand = -summand;
      summand += node.type() == "Sub" && at == 0 ? -number : number;
    } else {
      if (node.type() == "Div" && at == 1) node.fail("divides by what is computed from the photo");
      const double by = node.type() == "Div" ? 1 / number : number;
      factor *= by;
      summand *= by;
    }
    if (!std::isfinite(factor) || !std::isfinite(summand) || factor <= 0)
      node.fail("scales the photo by a number that is not greater than 0");
  }
}

}  // namespace

void read_add(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  flow.finish();
  if (flow.top() == nullptr) {
    scale_input(flow, node);
    return;
  }
  const StoredTensor& added = node.needed_constant(1 - activation_input(node), "second input");
  Layer* const layer = flow.top();
  auto* const conv = layer == nullptr ? nullptr : std::get_if<Conv>(&layer->params);
  auto* const fc = layer == nullptr ? nullptr : std::get_if<FullyConnected>(&layer->params);
  if ((conv == nullptr || conv->bias) && (fc == nullptr || fc->bias))
    node.fail("adds to something else than a convolution or a matrix product without a bias");
  const std::size_t rank = flow.dims().size() + 1;
  auto bias = as_bias(added, layer->out.channels, flow.channels_last() ? rank - 1 : 1, rank);
  if (!bias)
    node.fail("adds " + to_string(added.dims) + " to a batch of " + to_string(flow.dims()) +
              "; supported is a bias, one number for each channel");
  (conv != nullptr ? conv->bias : fc->bias) = true;
  flow.set_tensor(node, *layer, "bias", *std::move(bias));
}

void read_scaling(OnnxFlow& flow, const OnnxNode& node) {
  node.allow({});
  flow.finish();
  if (flow.top() != nullptr)
    node.fail("operator " + in_quotes(node.type()) + " is supported before the first layer only");
  scale_input(flow, node);
}

}  // namespace alexnet
