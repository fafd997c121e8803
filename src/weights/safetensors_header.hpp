// Makes the header of a .safetensors file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "weights/weights.hpp"

namespace alexnet {

// Returns the length field and the JSON for tensors with these names, shapes and types, stored one after
// another in this order. Pads with spaces so that the data begins on a 64-byte boundary (a cache line, and
// the widest vector register) and not before byte `min_bytes`. Throws ModelError if two tensors have the same
// name, and nlohmann::json::exception if a text is not UTF-8.
std::string safetensors_header(const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata, std::size_t min_bytes = 0);

}  // namespace alexnet
