#include "core/shape.hpp"

namespace alexnet {

std::string to_string(const Shape& shape) {
  if (shape.height == 1 && shape.width == 1) return std::to_string(shape.channels);
  return to_string(Dims{shape.channels, shape.height, shape.width});
}

std::string to_string(const Dims& dims) {
  if (dims.empty()) return "scalar";
  std::string out = std::to_string(dims.front());
  for (std::size_t i = 1; i < dims.size(); ++i) out += " x " + std::to_string(dims[i]);
  return out;
}

}  // namespace alexnet
