// The library's one way to use several threads: oneTBB's, as many as the caller's arena has.
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

// While it lives, this thread takes denormal numbers as 0 and rounds results to 0 where they would be denormal: an
// operation with one can cost over a hundred cycles, and softmax tails and dying activations are full of them.
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

// Calls body(begin, end) for stretches that together are [0, count), each of at least `least` where there are
// as many. Where a layer has several loops, each has a name.
template <class Body>
void parallel_ranges(std::size_t count, std::size_t least, const char* loop, const Body& body) {
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, least),
                    [&, observer = task_observer](const auto& range) {
                      const FlushDenormals flush;
                      const TaskScope scope(observer, loop);
                      body(range.begin(), range.end());
                    });
}
template <class Body>
void parallel_ranges(std::size_t count, std::size_t least, const Body& body) {
  parallel_ranges(count, least, "", body);
}

// Calls body(i) for every i in [0, count).
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
