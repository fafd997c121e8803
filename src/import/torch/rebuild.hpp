// Evaluates the calls and persistent ids of a pickle for the globals that the reader knows.
#pragma once

#include <stdexcept>

#include "import/torch/pickle.hpp"

namespace alexnet::torch {

// Invalid arguments. what() is the reason; the pickle reader adds the position.
struct CallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Returns the value of a persistent id: a storage for ('storage', torch.FloatStorage, key, location, element
// count), followed by None in the legacy format; the class for ('module', class, source file, source), which
// the legacy format has for the classes of a whole module. Adds a new value to `values`. Throws CallError.
Value* persistent(Value* id, std::deque<Value>& values);

// Returns function(*arguments) for a known or opaque global. Adds a new value to `values`. Throws CallError.
Value* call(const Global& function, Value* arguments, std::deque<Value>& values);

}  // namespace alexnet::torch
