// Parallel loops. All threads of the library come from the caller's oneTBB arena.
#pragma once

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include "core/task_observer.hpp"

namespace alexnet {

inline int thread_count() { return tbb::this_task_arena::max_concurrency(); }

// Makes this thread treat denormal numbers as 0 and flush denormal results to 0, until the object is
// destroyed. An operation on a denormal can cost over a hundred cycles, and softmax tails and vanishing
// activations contain many. Does nothing on CPUs without SSE.
class FlushDenormals {
#ifdef __SSE__
 public:
  FlushDenormals() { _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned kFlushToZero = 0x8000U;
  static constexpr unsigned kDenormalsAreZero = 0x0040U;
  unsigned saved_ = _mm_getcsr();
#endif
};

// Calls body(begin, end) in parallel for chunks that together cover [0, count). oneTBB halves a range only if
// it has more than `min` indices, so that a chunk has at least half of `min` (or `count`, if that is
// fewer). `min` must be at least 1. `loop` names the loop for task_observer; "" if a step has only one
// loop.
template <class Body>
void parallel_ranges(std::size_t count, std::size_t min, const char* loop, const Body& body) {
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, min),
                    [&, observer = task_observer](const auto& range) {
                      const FlushDenormals flush;
                      const TaskScope scope(observer, loop);
                      body(range.begin(), range.end());
                    });
}
template <class Body>
void parallel_ranges(std::size_t count, std::size_t min, const Body& body) {
  parallel_ranges(count, min, "", body);
}

// Calls body(i) in parallel for every i in [0, count). `loop` is as in parallel_ranges().
template <class Body>
void parallel_tasks(int count, const char* loop, const Body& body) {
  tbb::parallel_for(0, count, [&, observer = task_observer](int i) {
    const FlushDenormals flush;
    const TaskScope scope(observer, loop);
    body(i);
  });
}
template <class Body>
void parallel_tasks(int count, const Body& body) {
  parallel_tasks(count, "", body);
}

}  // namespace alexnet
