// Local response normalisation as PyTorch exports it: x / (k + alpha * average of squares)^beta, in nodes of
// simple arithmetic.
#pragma once

#include <string>
#include <vector>

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

class OnnxLrn {
 public:
  // Returns true if the node squares what is computed from the photo: the pattern may begin.
  static bool begins(const OnnxNode& node, const std::vector<std::string>& activations);

  // node: the one that squares `activation`, which has these dimensions, batch first.
  OnnxLrn(const OnnxNode& node, std::string activation, const Dims& dims);

  // Returns true if the tensor is one that the next nodes may read.
  bool has(const std::string& name) const { return name == activation_ || name == current_; }
  const Dims& dims() const { return dims_; }  // of the last node's output
  // Reads the next node. Returns true if it is the last, the division. Throws ModelError if it is not part of
  // the pattern.
  bool read(const OnnxNode& node, const std::vector<std::string>& activations);
  // Appends the layer. node: the division.
  void finish(OnnxFlow& flow, const OnnxNode& node) const;

 private:
  enum class Step { squared, averaged, multiplied, added, raised };

  float constant(const OnnxNode& node, Step after, Step before);
  void pad(const OnnxNode& node, const Dims& pads, std::size_t axis);
  void average(const OnnxNode& node);

  std::string activation_;
  std::string current_;  // output of the last node read
  Dims shape_;           // of the activation: N x C x H x W
  Dims dims_;            // of `current_`
  Step step_ = Step::squared;
  Lrn lrn_;
  std::int64_t before_ = 0, after_ = 0;  // padding of the channels
};

}  // namespace alexnet
