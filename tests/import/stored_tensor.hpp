// Tensors of golden files, and the tolerance for results compared with them.
#pragma once

#include <span>
#include <string>

#include "weights/weights.hpp"

namespace alexnet::test {

inline constexpr double kTolerance = 1e-5;

// Returns the tensor of this name with its stored shape.
inline std::span<const float> stored_tensor(Weights& file, const std::string& name) {
  return file.fetch({name, file.shapes().at(name)});
}

}  // namespace alexnet::test
