// Layers put one after another: what every reader of networks does in the same way.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet {

class LayerStack {
 public:
  // file is named in errors; in is the network's input.
  LayerStack(std::string file, const Shape& in) : file_(std::move(file)), out_(in) {}

  // Puts a layer on top of those before it and derives its shapes. Throws ModelError, "file: layers.NAME.parameter:
  // reason", or "file: layers[i].name: reason" where the name is taken.
  Layer& add(const std::string& name, LayerParams params);

  const Shape& out() const { return out_; }  // the topmost layer's output
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  std::string file_;
  Shape out_;
  std::set<std::string> names_;
  std::vector<Layer> layers_;
};

}  // namespace alexnet
