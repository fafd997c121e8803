// The state while reading a sequential graph: the current activation, and the layers read so far.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/protobuf/onnx_node.hpp"
#include "layers/stack.hpp"

namespace alexnet {

// A Pad node to be merged into the convolution or pool that follows.
struct OnnxPad {
  std::string node;  // "nodes.NAME"
  Pad pad;
  float value = 0;
};

// A factor and a summand for each channel of the input.
struct OnnxScaling {
  std::vector<double> factors, summands;
};

class OnnxFlow {
 public:
  // dims: dimensions of the graph's input, batch first. The batch is 1 if it is not fixed. channels_last:
  // they are N x H x W x C.
  OnnxFlow(OnnxFile& file, const Dims& dims, bool channels_last = false);

  std::int64_t batch() const { return batch_; }
  // Dimensions of one image: C, or C x L, or C x H x W.
  const Dims& dims() const { return dims_; }
  // Returns true if dims() are H x W x C. Layers always take C x H x W.
  bool channels_last() const { return channels_last_; }
  void set_channels_last(bool last);
  // Returns true if the Flatten before this node read H x W x C, whose order the next matrix must take into
  // account. Returns that shape, as C x H x W, and forgets it.
  std::optional<Shape> take_flattened() { return std::exchange(flattened_, std::nullopt); }
  const Shape& shape() const { return stack_.out(); }  // C x 1 x 1, C x 1 x L, C x H x W
  bool nonnegative() const { return nonnegative_; }
  const LayerStack& stack() const { return stack_; }

  // Appends a layer. Its name comes from the tensor `weight` if that has a usual suffix
  // ("features.0.weight"), else from the node, else from the node's output.
  Layer& add(const OnnxNode& node, LayerParams params, const std::string& weight = "");
  // Appends a layer called `name` or, if that is used, NAME_2 ...
  Layer& add_named(const OnnxNode& node, LayerParams params, const std::string& name);
  // Returns the last layer, or null if there is none.
  Layer* top() { return top_; }
  // Sets a layer's tensor. role: "weight", "bias" ...
  void set_tensor(const OnnxNode& node, const Layer& layer, const char* role, StoredTensor tensor);

  // Changes the dimensions of the activation, batch first, without changing its numbers and their order.
  void reshape(const OnnxNode& node, const Dims& dims);

  std::optional<OnnxPad> take_pad() { return std::exchange(pad_, std::nullopt); }
  // Stores a Pad for the next node. Adds to a pending Pad with the same value. Throws ModelError if the
  // values differ.
  void set_pad(const OnnxNode& node, const Pad& pad, float value);
  // Appends the softmax over 0 and the score, whose second probability is the score's sigmoid.
  void add_sigmoid(const OnnxNode& node);
  void end_in_logarithms(const OnnxNode& node);
  // Throws ModelError if a Pad is pending.
  void finish() const;

  std::vector<std::string> notes;
  std::optional<OnnxScaling> scaling;           // applied to the input before the first layer
  std::map<std::string, StoredTensor> tensors;  // tensors by our names

 private:
  std::string unused(const std::string& name);

  std::string file_;
  std::int64_t batch_;
  Dims dims_;
  LayerStack stack_;
  Layer* top_ = nullptr;
  bool nonnegative_ = false;
  bool channels_last_ = false;
  std::optional<Shape> flattened_;
  std::optional<OnnxPad> pad_;
  std::string logarithms_;            // the LogSoftmax node, if any
  std::map<std::string, int> names_;  // number of uses of each name
};

Pad sum(const Pad& a, const Pad& b);

// Converts C, C x L (to C x 1 x L) or C x H x W.
Shape to_shape(const Dims& dims);

}  // namespace alexnet
