// What the callables that a state dict names make of their arguments, and what its persistent ids stand for.
#pragma once

#include <stdexcept>
#include <string_view>

#include "import/torch/pickle.hpp"

namespace alexnet::torch {

// Arguments that make no sense; what() is the reason. The pickle's reader knows where they are.
struct CallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "torch.FloatStorage"; empty unless it is one of those that a state dict needs.
std::string_view known_global(std::string_view module, std::string_view name);

// ('storage', torch.FloatStorage, key, location, element count), in the legacy stream with a None behind. Throws CallError.
PickledStorage storage_of(Value* persistent_id);

// The value of callable(*arguments). Throws CallError.
Value call(Value* callable, Value* arguments);

}  // namespace alexnet::torch
