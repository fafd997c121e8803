// What flows through a sequential graph: one activation, and the layers that it has passed so far.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/protobuf/onnx_node.hpp"
#include "layers/stack.hpp"

namespace alexnet {

// A Pad that waits for the convolution or pool that it belongs to.
struct OnnxPad {
  std::string node;  // "nodes.NAME"
  Pad pad;
  float value = 0;
};

class OnnxFlow {
 public:
  // dims: those of the graph's input, the batch first; 1 where that is not fixed.
  OnnxFlow(OnnxFile& file, const Dims& dims);

  std::int64_t batch() const { return batch_; }
  // Of one image: C, or C x L, or C x H x W.
  const Dims& dims() const { return dims_; }
  const Shape& shape() const { return stack_.out(); }  // C x 1 x 1, C x 1 x L, C x H x W
  bool nonnegative() const { return nonnegative_; }
  const LayerStack& stack() const { return stack_; }

  // Puts the layer on top. It is called after the tensor `weight` where that ends as weights do ("features.0.weight"),
  // else after the node, else after the node's output.
  Layer& add(const OnnxNode& node, LayerParams params, const std::string& weight = "");
  // The layer on top, where `node` takes what it makes as it is; else null.
  Layer* top() { return top_; }
  // Gives a layer its tensor "weight", "bias" ...
  void set_tensor(const OnnxNode& node, const Layer& layer, const char* role, StoredTensor tensor);

  // The activation takes another form, the batch first: the same numbers in the same order.
  void reshape(const OnnxNode& node, const Dims& dims);

  std::optional<OnnxPad> take_pad() { return std::exchange(pad_, std::nullopt); }
  // Adds to a Pad that waits already, where both are with the same value.
  void set_pad(const OnnxNode& node, const Pad& pad, float value);
  void end_in_logarithms(const OnnxNode& node);
  // Refuses what waits for another node.
  void finish() const;

  std::vector<std::string> notes;
  std::map<std::string, StoredTensor> tensors;  // by our names

 private:
  std::string new_name(const OnnxNode& node, const std::string& weight);

  std::string file_;
  std::int64_t batch_;
  Dims dims_;
  LayerStack stack_;
  Layer* top_ = nullptr;
  bool nonnegative_ = false;
  std::optional<OnnxPad> pad_;
  std::string logarithms_;            // the node that made them
  std::map<std::string, int> names_;  // how often each was asked for
};

Pad sum(const Pad& a, const Pad& b);

// C x L as C x 1 x L.
Shape to_shape(const Dims& dims);

}  // namespace alexnet
