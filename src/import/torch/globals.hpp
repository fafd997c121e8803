// Decides by its name what a global of a pickle may be used for. Nothing is imported, called or constructed.
#pragma once

#include <optional>
#include <string>

#include "import/torch/pickle.hpp"

namespace alexnet::torch {

enum class GlobalUse {
  known,  // a storage's type, or a function that makes weights or a dict of them: the reader makes its result
  opaque,   // may be called in the file: the result is data of no meaning for the weights, which is skipped
  by_name,  // any other class or function: may be a value or the type of an object, but not be called
  refused,  // part of a module that runs programs or code: the file is refused
};

GlobalUse use_of(const Global& global);

// Returns the element type of "torch.FloatStorage" and its kind, or nullopt. The elements of an
// UntypedStorage are bytes.
std::optional<Dtype> storage_dtype(const Global& global);

// Returns the element type of "torch.float32" and its kind, or nullopt.
std::optional<Dtype> tensor_dtype(const Global& global);

// Returns "torch.FloatStorage", escaped and truncated for an error.
std::string name_of(const Global& global);

}  // namespace alexnet::torch
