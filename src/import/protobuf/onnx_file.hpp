// An ONNX file: the parsed message, and the tensors inside it and in external files.
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

// Keys in metadata_props under which write_onnx stores what ONNX has no fields for: network.json, and the
// labels, one per line.
inline constexpr const char* kOnnxNetwork = "alexnet.network";
inline constexpr const char* kOnnxLabels = "alexnet.labels";

// A parsed ONNX file. The tensors that it returns point into it. The constructor and the functions that
// return tensors throw ModelError.
class OnnxFile {
 public:
  explicit OnnxFile(const std::filesystem::path& path);

  const std::string& name() const { return name_; }  // name in errors
  const onnx::ModelProto& model() const { return model_; }
  const onnx::GraphProto& graph() const { return model_.graph(); }
  int opset() const { return opset_; }  // opset of ONNX's own operators, kMinOpset to kMaxOpset

  static constexpr int kMinOpset = 7;  // first opset with the current broadcasting rules
  static constexpr int kMaxOpset = 22;

  // Returns a tensor stored in the message or in a file in the model's folder. `field` is named in errors.
  StoredTensor tensor(const onnx::TensorProto& proto, const std::string& field);

  // Return a new, empty tensor or node that lives as long as this object.
  onnx::TensorProto& new_tensor() { return made_.emplace_back(); }
  onnx::NodeProto& new_node() { return made_nodes_.emplace_back(); }

  // Returns the elements as float32, row-major. Copies them if they are not stored like that, and counts the
  // copy.
  std::span<const float> floats(const StoredTensor& tensor, const std::string& field);

  // Returns `count` zeros that live as long as this object, and counts them like copies.
  std::span<float> new_floats(std::size_t count, const std::string& field);

  std::span<const float> scaled(const StoredTensor& tensor, float factor, const std::string& field);

  // Throws ModelError if the graph needs far more numbers than its file has. Call it for each tensor that a
  // layer uses; it counts only tensors that must be copied.
  void count_copied(const StoredTensor& tensor, const std::string& field);

 private:
  std::span<const std::byte> external(const onnx::TensorProto& proto, std::size_t bytes,
                                      const std::string& field);
  void count_copied(std::int64_t elements, const std::string& field);

  std::filesystem::path path_;
  std::string name_;
  onnx::ModelProto model_;
  int opset_ = 0;
  std::map<std::string, MappedFile> external_;  // files by location
  std::deque<onnx::TensorProto> made_;
  std::deque<onnx::NodeProto> made_nodes_;
  std::deque<StoredWeights> copies_;
  std::deque<std::vector<float>> computed_;
  std::int64_t copied_ = 0;  // number of copied elements
};

// Returns the strides of a row-major tensor whose elements are `step` elements apart.
Dims row_major_strides(const Dims& dims, std::int64_t step = 1);

// Returns the offset of element `i`, in row-major order, of a tensor with these dimensions and strides.
std::int64_t offset_of(std::int64_t i, const Dims& dims, const Dims& strides);

}  // namespace alexnet
