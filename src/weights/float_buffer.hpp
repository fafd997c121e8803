// Memory for a tensor that is not used in place in its file.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace alexnet {

struct FreeFloats {
  void operator()(float* floats) const { std::free(floats); }
};
using FloatBuffer = std::unique_ptr<float[], FreeFloats>;

// Allocates count floats, uninitialised. Throws std::bad_alloc. Large buffers request huge pages: the first
// touch of each page costs more than filling it, and AlexNet's 244 MB have 60,000 small pages.
inline FloatBuffer allocate_floats(std::size_t count) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const std::size_t alignment = count * sizeof(float) >= kHugePage ? kHugePage : 64;
  const std::size_t bytes = (count * sizeof(float) + alignment - 1) / alignment * alignment;
  FloatBuffer buffer(static_cast<float*>(std::aligned_alloc(alignment, bytes)));
  if (!buffer) throw std::bad_alloc();
  if (alignment == kHugePage)
    // This is only advice: an error does no harm.
    madvise(buffer.get(), bytes, MADV_HUGEPAGE);
  return buffer;
}

}  // namespace alexnet
