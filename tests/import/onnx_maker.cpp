#include "import/onnx_maker.hpp"

#include "reference.hpp"

namespace alexnet::test {
namespace {

template <class T>
onnx::TensorProto tensor_proto(onnx::TensorProto_DataType type, const Dims& dims,
                               const std::vector<T>& values) {
  onnx::TensorProto tensor;
  tensor.set_data_type(type);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
  return tensor;
}

void set(onnx::AttributeProto& attribute, int value) {
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}
void set(onnx::AttributeProto& attribute, float value) {
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}
void set(onnx::AttributeProto& attribute, const std::string& value) {
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}
void set(onnx::AttributeProto& attribute, const Dims& values) {
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}
void set(onnx::AttributeProto& attribute, const onnx::TensorProto& value) {
  attribute.set_type(onnx::AttributeProto::TENSOR);
  *attribute.mutable_t() = value;
}

}  // namespace

onnx::TensorProto float_tensor(const Dims& dims, const std::vector<float>& values) {
  return tensor_proto(onnx::TensorProto::FLOAT, dims, values);
}

OnnxMaker::OnnxMaker(int opset) {
  model.set_ir_version(7);
  model.add_opset_import()->set_version(opset);
  graph().set_name("test");
}

OnnxMaker& OnnxMaker::input(const std::string& name, const Dims& dims) {
  auto& info = *graph().add_input();
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) {
    auto& one = *type.mutable_shape()->add_dim();
    if (dim > 0) {
      one.set_dim_value(dim);
    } else {
      one.set_dim_param("d" + std::to_string(type.shape().dim_size() - 1));
    }
  }
  return *this;
}

OnnxMaker& OnnxMaker::output(const std::string& name) {
  graph().add_output()->set_name(name);
  return *this;
}

OnnxMaker& OnnxMaker::floats(const std::string& name, const Dims& dims, const std::vector<float>& values) {
  *graph().add_initializer() = float_tensor(dims, values);
  graph().mutable_initializer()->rbegin()->set_name(name);
  return *this;
}

OnnxMaker& OnnxMaker::floats(const std::string& name, const Dims& dims) {
  std::size_t count = 1;
  for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
  return floats(name, dims, reference::noise(count, static_cast<std::uint64_t>(graph().initializer_size())));
}

OnnxMaker& OnnxMaker::integers(const std::string& name, const Dims& values) {
  auto& added = *graph().add_initializer();
  added = tensor_proto(onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values);
  added.set_name(name);
  return *this;
}

OnnxMaker& OnnxMaker::truth(const std::string& name, bool value) {
  auto& added = *graph().add_initializer();
  added = tensor_proto<char>(onnx::TensorProto::BOOL, {}, {static_cast<char>(value ? 1 : 0)});
  added.set_name(name);
  return *this;
}

OnnxMaker& OnnxMaker::node(const std::string& type, const Names& inputs, const Names& outputs,
                           const OnnxAttributes& attributes, const std::string& name) {
  auto& node = *graph().add_node();
  node.set_op_type(type);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  for (const auto& [key, value] : attributes) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(key);
    std::visit([&attribute](const auto& v) { set(attribute, v); }, value);
  }
  return *this;
}

}  // namespace alexnet::test
