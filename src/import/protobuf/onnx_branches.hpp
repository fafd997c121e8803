// Convolutions of an ONNX graph that read the same tensor and meet in one Concat. They become one layer.
#pragma once

#include <string>
#include <vector>

#include "import/protobuf/onnx_flow.hpp"

namespace alexnet {

class OnnxBranches {
 public:
  // input: name of the activation that several nodes read.
  explicit OnnxBranches(std::string input) : input_(std::move(input)) {}

  const std::string& input() const { return input_; }
  // Returns true if the activation is the input or the last output of a branch.
  bool has(const std::string& activation) const;

  // Reads a node of a branch. `flow` has the layers before the branches; `activation` is what the node reads.
  // A node that reads the input begins a branch. Throws ModelError.
  void add(const OnnxFlow& flow, const OnnxNode& node, const std::string& activation);

  // Appends the merged convolution, and the layers that follow it in every branch, to the flow. node: the
  // Concat. Throws ModelError.
  void join(OnnxFlow& flow, const OnnxNode& node) const;

 private:
  struct Branch {
    OnnxFlow flow;
    std::string activation;
  };

  std::string input_;
  std::vector<Branch> branches_;
};

}  // namespace alexnet
