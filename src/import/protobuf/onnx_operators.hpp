// Converts ONNX's operators, opset 7 to 22, to layers. Sources of the formulas and defaults: ONNX's
// Operators.md and Changelog.md. All functions throw ModelError that names the node.
#pragma once

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

// Reads a node whose first input is the activation. Add accepts the activation as either input.
using OnnxOperator = void(OnnxFlow& flow, const OnnxNode& node);
OnnxOperator* find_operator(const std::string& type);  // null if not supported

// Reads a node whose inputs are all constants.
using OnnxConstant = StoredTensor(const OnnxNode& node);
OnnxConstant* find_constant_operator(const std::string& type);  // null if not supported; onnx_constants.cpp

// Returns a new tensor of integers.
StoredTensor onnx_integers(OnnxFile& file, const Dims& dims, const Dims& values, const std::string& field);
// Returns the result of a Shape node whose input has these dimensions.
StoredTensor onnx_shape(const OnnxNode& node, const Dims& dims);

// onnx_windows.cpp
OnnxOperator read_conv, read_max_pool, read_average_pool, read_global_max_pool, read_pad;
void add_global_max_pool(OnnxFlow& flow, const OnnxNode& node);
// onnx_dense.cpp
OnnxOperator read_gemm, read_matmul, read_add;
OnnxOperator read_scaling;  // Sub, Mul and Div
// onnx_shapes.cpp
OnnxOperator read_reshape;  // also reads Flatten, Squeeze and Unsqueeze
// Returns the dimensions that such a node gives to a tensor of `dims`.
Dims reshaped_dims(const OnnxNode& node, const Dims& dims);

}  // namespace alexnet
