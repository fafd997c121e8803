// ONNX's operators, opset 7 to 17: what each becomes here. Sources of the formulas and defaults: ONNX's Operators.md and
// Changelog.md. Everything throws ModelError that names the node.
#pragma once

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

// A node that works on the activation, which is one of its inputs: its first one, but for MatMul and Add.
using OnnxOperator = void(OnnxFlow& flow, const OnnxNode& node);
OnnxOperator* find_operator(const std::string& type);  // null where it is not supported

// A node whose inputs are all constants.
using OnnxConstant = StoredTensor(const OnnxNode& node);
OnnxConstant* find_constant_operator(const std::string& type);  // null where it is not supported

// onnx_windows.cpp
OnnxOperator read_conv, read_max_pool, read_average_pool, read_pad;
// onnx_dense.cpp
OnnxOperator read_gemm, read_matmul, read_add;
// onnx_shapes.cpp
OnnxOperator read_reshape;  // Flatten, Squeeze and Unsqueeze too

}  // namespace alexnet
