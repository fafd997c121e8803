// Builds a sequence of layers and derives their shapes. All readers of networks use it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet {

class LayerStack {
 public:
  // `file` names the network in errors. `in` is the input of the network.
  LayerStack(std::string file, const Shape& in) : file_(std::move(file)), out_(in) {}

  // Appends a layer and derives its shapes. Returns the layer, which is valid until the next call. Throws
  // ModelError, "file: layers.NAME.parameter: reason", or "file: layers[i].name: reason" if the name is
  // already used.
  Layer& add(const std::string& name, LayerParams params);

  const Shape& out() const { return out_; }  // output of the last layer
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  std::string file_;
  Shape out_;
  std::set<std::string> names_;
  std::vector<Layer> layers_;
};

}  // namespace alexnet
