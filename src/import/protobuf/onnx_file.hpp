// An ONNX file: the parsed message, and the tensors in it and beside it.
#pragma once

#include <onnx/onnx_pb.h>

#include <deque>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/mapped_file.hpp"
#include "weights/stored_weights.hpp"

namespace alexnet {

// The metadata_props in which write_onnx puts what ONNX itself has no place for: network.json and the labels, a line each.
inline constexpr const char* kOnnxNetwork = "alexnet.network";
inline constexpr const char* kOnnxLabels = "alexnet.labels";

// The tensors that it hands out point into it. Everything throws ModelError.
class OnnxFile {
 public:
  explicit OnnxFile(const std::filesystem::path& path);

  const std::string& name() const { return name_; }  // as errors have it
  const onnx::ModelProto& model() const { return model_; }
  const onnx::GraphProto& graph() const { return model_.graph(); }
  int opset() const { return opset_; }  // of ONNX's own operators, kLeastOpset to kGreatestOpset

  static constexpr int kLeastOpset = 7;  // the first with today's broadcasting
  static constexpr int kGreatestOpset = 17;

  // A tensor as it lies in the message, or in a file in the model's folder. `field` is named in errors.
  StoredTensor tensor(const onnx::TensorProto& proto, const std::string& field);

  // A new, empty tensor that lives as long as the file.
  onnx::TensorProto& new_tensor() { return made_.emplace_back(); }

  // The elements as float32, row-major. Copies them where they do not lie so, and counts that.
  std::span<const float> floats(const StoredTensor& tensor, const std::string& field);

  std::span<const float> scaled(const StoredTensor& tensor, float factor, const std::string& field);

  // Refuses a graph that asks for far more numbers than lie in its file: to be called for each tensor that a layer
  // uses and that must be copied for it.
  void count_copied(const StoredTensor& tensor, const std::string& field);

 private:
  std::span<const std::byte> external(const onnx::TensorProto& proto, std::size_t bytes,
                                      const std::string& field);
  void count_copied(std::int64_t elements, const std::string& field);

  std::filesystem::path path_;
  std::string name_;
  onnx::ModelProto model_;
  int opset_ = 0;
  std::map<std::string, MappedFile> external_;  // by location
  std::deque<onnx::TensorProto> made_;
  std::deque<StoredWeights> copies_;
  std::deque<std::vector<float>> scaled_;
  std::int64_t copied_ = 0;  // elements
};

// A tensor that takes its `dims` from memory in which elements are `step` elements apart.
Dims row_major_strides(const Dims& dims, std::int64_t step = 1);

// As errors show a name from the file.
std::string in_quotes(const std::string& name);

}  // namespace alexnet
