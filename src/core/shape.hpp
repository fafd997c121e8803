// Shapes of tensors of weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alexnet/shape.hpp"

namespace alexnet {

// Maximum number of elements of the activation of one image, or of a tensor of weights.
inline constexpr std::int64_t kMaxElements = (std::int64_t{1} << 31) - 1;

// Dimensions of a tensor of weights. The first varies slowest in memory.
using Dims = std::vector<std::int64_t>;

// Returns "96 x 3 x 11 x 11", or "scalar" if there are no dimensions.
std::string to_string(const Dims& dims);

}  // namespace alexnet
