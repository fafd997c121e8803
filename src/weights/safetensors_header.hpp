// The header of a .safetensors file that is being written.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "weights/weights.hpp"

namespace alexnet {

// The length and the JSON, for tensors of these names, shapes and types that follow one another in this order. Padded with
// spaces so that the data begins on a 64-byte boundary (a cache line, and the widest vector register) and at byte `least` or
// later. Throws ModelError where two tensors have one name, and nlohmann::json::exception where a text is not UTF-8.
std::string safetensors_header(const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata, std::size_t least = 0);

}  // namespace alexnet
