#include "kernels/peak.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "core/parallel.hpp"
#include "kernels/packed/kernels.hpp"

namespace alexnet::kernels {
namespace {

constexpr int kRounds = 7;

// The most that work() does in a second, in the unit of what it returns; the threads share each round's tasks.
template <class Work>
double best_per_s(const Work& work) {
  double best = 0.0;
  for (int round = 0; round < kRounds; ++round) {
    const auto began = std::chrono::steady_clock::now();
    const double done = work();
    best = std::max(best,
                    done / std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  return best;
}

// Eight times the last-level cache, of which an eighth then at most is still there from the round before.
std::size_t buffer_bytes() {
  constexpr std::size_t kLeast = std::size_t{64} << 20;
  constexpr std::size_t kMost = std::size_t{256} << 20;
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return std::clamp(std::size_t{8} * static_cast<std::size_t>(std::max(cache, 0L)), kLeast, kMost);
}

std::atomic<float> result;  // or the compiler might leave out what nobody asks for

}  // namespace

std::size_t float_lanes() { return static_cast<std::size_t>(packed::best().lanes); }
float multiply_add(std::size_t steps) { return packed::best().multiply_add(steps); }
float sum(std::span<const float> values) { return packed::best().sum(values.data(), values.size()); }

Peak measure_peak() {
  constexpr std::size_t kSteps = 20000;  // some 20 microseconds
  const int tasks = 100 * thread_count();
  const double multiply_adds = best_per_s([&] {
    parallel_tasks(tasks, [](int) { result = multiply_add(kSteps); });
    return static_cast<double>(kSteps * kChains * float_lanes()) * tasks;
  });

  constexpr std::size_t kPiece = std::size_t{1} << 16;
  const std::size_t count = buffer_bytes() / sizeof(float);
  const auto buffer = std::make_unique_for_overwrite<float[]>(count);
  parallel_ranges(count, kPiece, [&](std::size_t begin, std::size_t end) {
    std::fill(buffer.get() + begin, buffer.get() + end, 1.0F);
  });
  const double bytes = best_per_s([&] {
    parallel_ranges(count, kPiece, [&](std::size_t begin, std::size_t end) {
      result = sum({buffer.get() + begin, end - begin});
    });
    return static_cast<double>(count * sizeof(float));
  });
  return {2e-9 * multiply_adds, 1e-9 * bytes};
}

}  // namespace alexnet::kernels
