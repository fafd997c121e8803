// Builds ONNX files, valid and invalid ones.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/shape.hpp"

namespace alexnet::test {

using OnnxValue = std::variant<int, float, std::string, Dims, onnx::TensorProto>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxValue>>;
using Names = std::vector<std::string>;

struct OnnxMaker {
  explicit OnnxMaker(int opset);

  // Adds a float input. A dimension below 1 becomes a name: "d0", "d1" ...
  OnnxMaker& input(const std::string& name, const Dims& dims);
  OnnxMaker& output(const std::string& name);
  // Add initializers as raw_data.
  OnnxMaker& floats(const std::string& name, const Dims& dims, const std::vector<float>& values);
  OnnxMaker& floats(const std::string& name, const Dims& dims);  // different values between -1 and 1
  OnnxMaker& integers(const std::string& name, const Dims& values);
  OnnxMaker& truth(const std::string& name, bool value);
  OnnxMaker& node(const std::string& type, const Names& inputs, const Names& outputs,
                  const OnnxAttributes& attributes = {}, const std::string& name = "");

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  std::string bytes() const { return model.SerializeAsString(); }

  onnx::ModelProto model;
};

onnx::TensorProto float_tensor(const Dims& dims, const std::vector<float>& values);

}  // namespace alexnet::test
