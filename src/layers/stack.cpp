#include "layers/stack.hpp"

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {

Layer& LayerStack::add(const std::string& name, LayerParams params) {
  if (!names_.insert(name).second)
    throw ModelError(file_, "layers[" + std::to_string(layers_.size()) + "].name",
                     "a layer before it is called " + in_quotes(name) + " too");
  Layer layer{name, params, out_, {}};
  try {
    layer.out = output_shape(params, out_);
  } catch (const ParameterError& e) {
    throw ModelError(file_, "layers." + escape_for_terminal(name, kExcerpt) + "." + e.field, e.what());
  }
  out_ = layer.out;
  return layers_.emplace_back(std::move(layer));
}

}  // namespace alexnet
