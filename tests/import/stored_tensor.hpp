// Tensors of golden files, and how far an answer may be from them.
#pragma once

#include <span>
#include <string>

#include "weights/weights.hpp"

namespace alexnet::test {

inline constexpr double kTolerance = 1e-5;

// The tensor of this name, whatever its shape.
inline std::span<const float> stored_tensor(Weights& file, const std::string& name) {
  return file.fetch({name, file.shapes().at(name)});
}

}  // namespace alexnet::test
