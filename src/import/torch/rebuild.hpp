// Evaluates the calls and persistent ids that a state dict contains.
#pragma once

#include <stdexcept>
#include <string_view>

#include "import/torch/pickle.hpp"

namespace alexnet::torch {

// Invalid arguments. what() is the reason; the pickle reader adds the position.
struct CallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Returns the full name, such as "torch.FloatStorage", or "" unless a state dict needs this global.
std::string_view known_global(std::string_view module, std::string_view name);

// Returns the storage of a persistent id: ('storage', torch.FloatStorage, key, location, element count),
// followed by None in the legacy format. Throws CallError.
PickledStorage storage_of(Value* persistent_id);

// Returns callable(*arguments). Throws CallError.
Value call(Value* callable, Value* arguments);

}  // namespace alexnet::torch
