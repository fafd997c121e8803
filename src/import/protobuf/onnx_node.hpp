// A node of an ONNX graph, as the operators read it: attributes and constant inputs, with checks and errors that name it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "import/protobuf/onnx_file.hpp"

namespace alexnet {

class OnnxNode {
 public:
  struct Input {
    std::string name;                        // empty where it is left out
    const StoredTensor* constant = nullptr;  // null: left out, or the activation
  };

  OnnxNode(OnnxFile& file, int index);

  const std::string& type() const { return proto_.op_type(); }
  const std::string& field() const { return field_; }  // "nodes.NAME"
  const std::string& name() const { return proto_.name(); }
  const onnx::NodeProto& proto() const { return proto_; }
  int opset() const { return file_.opset(); }
  OnnxFile& file() const { return file_; }

  // Set by the graph, which knows what the names stand for.
  std::vector<Input> inputs;

  // All throw ModelError, "file: nodes.NAME: reason".
  [[noreturn]] void fail(const std::string& reason) const;
  [[noreturn]] void fail_unsupported() const;
  // Refuses attributes other than these.
  void allow(std::initializer_list<const char*> attributes) const;
  bool has(const char* attribute) const;
  std::int64_t integer(const char* attribute, std::int64_t otherwise) const;
  int integer(const char* attribute, int otherwise, int least, int greatest) const;
  float limit(const char* attribute, float otherwise) const;   // any number
  float number(const char* attribute, float otherwise) const;  // a finite one
  std::string text(const char* attribute, const std::string& otherwise) const;
  std::optional<Dims> integers(const char* attribute) const;
  const onnx::AttributeProto& only_attribute() const;

  const std::string& input_name(std::size_t i) const;  // empty where it is left out
  // Input i, which must be a constant; null where it is left out.
  const StoredTensor* constant(std::size_t i) const;
  // Refuses constant inputs behind the last one that was asked for: the operator does not take them.
  void refuse_further_inputs() const;
  const StoredTensor& needed_constant(std::size_t i, const char* what) const;
  float scalar(const StoredTensor& tensor, const char* what) const;
  Dims integers(const StoredTensor& tensor, const char* what) const;

 private:
  const onnx::AttributeProto* find(const char* attribute, onnx::AttributeProto_AttributeType type) const;

  OnnxFile& file_;
  const onnx::NodeProto& proto_;
  std::string field_;
  mutable std::size_t asked_ = 0;  // inputs that constant() was asked for, from the first on
};

}  // namespace alexnet
