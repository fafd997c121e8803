// A node of an ONNX graph: checked access to attributes and constant inputs. Errors name the node.
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
    std::string name;                        // empty if omitted
    const StoredTensor* constant = nullptr;  // null if omitted, or the activation
  };

  static constexpr std::int64_t kMaxIntegers = 64;  // of a tensor that describes a shape

  OnnxNode(OnnxFile& file, int index);  // a node of the graph
  // A node that the file owns; `field` names it in errors.
  OnnxNode(OnnxFile& file, const onnx::NodeProto& proto, std::string field);

  const std::string& type() const { return proto_.op_type(); }
  const std::string& field() const { return field_; }  // "nodes.NAME"
  const std::string& name() const { return proto_.name(); }
  const onnx::NodeProto& proto() const { return proto_; }
  int opset() const { return file_.opset(); }
  OnnxFile& file() const { return file_; }

  // Set by the graph reader, which resolves the names.
  std::vector<Input> inputs;

  // All members below throw ModelError, "file: nodes.NAME: reason".
  [[noreturn]] void fail(const std::string& reason) const;
  [[noreturn]] void fail_unsupported() const;
  // Throws ModelError if the node has other attributes than these.
  void allow(std::initializer_list<const char*> attributes) const;
  bool has(const char* attribute) const;
  std::int64_t integer(const char* attribute, std::int64_t fallback) const;
  int integer(const char* attribute, int fallback, int min, int max) const;
  float limit(const char* attribute, float fallback) const;   // any number, including infinity and NaN
  float number(const char* attribute, float fallback) const;  // finite numbers only
  std::string text(const char* attribute, const std::string& fallback) const;
  std::optional<Dims> integers(const char* attribute) const;
  const onnx::AttributeProto& only_attribute() const;
  const onnx::GraphProto& graph(const char* attribute) const;

  // Returns the index of an axis, which counts from the end if it is negative. rank: number of axes.
  std::size_t axis(std::int64_t axis, std::size_t rank) const;

  const std::string& input_name(std::size_t i) const;  // empty if omitted
  // Returns input i, or null if it is omitted. Throws ModelError if it is not a constant.
  const StoredTensor* constant(std::size_t i) const;
  // Throws ModelError if there are constant inputs after the last one that constant() was asked for: the
  // operator does not take them.
  void refuse_further_inputs() const;
  const StoredTensor& needed_constant(std::size_t i, const char* what) const;
  float scalar(const StoredTensor& tensor, const char* what) const;
  Dims integers(const StoredTensor& tensor, const char* what) const;
  // Returns the elements of a tensor of at most kMaxIntegers integers, of any shape, row-major.
  Dims elements(const StoredTensor& tensor, const char* what) const;

 private:
  [[noreturn]] void fail_integers(const StoredTensor& tensor, const char* what) const;
  const onnx::AttributeProto* find(const char* attribute, onnx::AttributeProto_AttributeType type) const;

  OnnxFile& file_;
  const onnx::NodeProto& proto_;
  std::string field_;
  mutable std::size_t asked_ = 0;  // number of leading inputs that constant() was asked for
};

}  // namespace alexnet
