// Memory for packed operands.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "engine/engine.hpp"

namespace alexnet {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
using AlignedFloats = std::unique_ptr<float[], FreeMemory>;

// count floats, not set to anything, aligned to kArenaAlign. Throws std::bad_alloc.
inline AlignedFloats aligned_floats(std::size_t count) {
  AlignedFloats floats(static_cast<float*>(
      std::aligned_alloc(kArenaAlign, arena_padded(std::max<std::size_t>(count, 1)) * sizeof(float))));
  if (!floats) throw std::bad_alloc();
  return floats;
}

}  // namespace alexnet
