// Compiled with -march=native: see CMakeLists.txt.
#include "peak.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace alexnet::bench {
namespace {

using Clock = std::chrono::steady_clock;
#if defined(__AVX512F__)
typedef float Vector __attribute__((vector_size(64)));
#else
typedef float Vector __attribute__((vector_size(32)));
#endif
constexpr int kLanes = sizeof(Vector) / sizeof(float);

// The best of several rounds of work() on every thread at once, in seconds.
template <class Work>
double best_seconds(int threads, const Work& work) {
  constexpr int kRounds = 30;  // short ones: some fall where nothing else runs
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto began = Clock::now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back([&work, t] { work(t); });
    work(0);
    for (std::thread& other : others) other.join();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - began).count());
  }
  return best;
}

}  // namespace

double peak_gflops(int threads) {
  constexpr int kRegisters = 12;
  constexpr std::ptrdiff_t kSteps = 5'000'000;
  const double seconds = best_seconds(threads, [](int) {
    Vector sums[kRegisters];
    for (Vector& s : sums) s = Vector{} + 1.0F;
    Vector factor = Vector{} + 0.5F;
    for (std::ptrdiff_t i = 0; i < kSteps; ++i) {
      asm volatile("" : "+v"(factor));  // or the loop would be worked out at compile time
      for (Vector& s : sums) s = s * factor + factor;
    }
    for (Vector& s : sums) asm volatile("" : : "v"(s));
  });
  return 2.0 * kLanes * kRegisters * static_cast<double>(kSteps) * threads / seconds * 1e-9;
}

double read_gbytes_per_s(int threads) {
  constexpr std::size_t kBytes = std::size_t{256} << 20;
  const std::vector<float> buffer(kBytes / sizeof(float), 1.0F);
  const std::size_t share = buffer.size() / static_cast<std::size_t>(threads);
  const double seconds = best_seconds(threads, [&](int t) {
    Vector sums[8] = {};
    const float* at = buffer.data() + static_cast<std::size_t>(t) * share;
    for (std::size_t i = 0; i + 8 * kLanes <= share; i += 8 * kLanes)
      for (std::size_t j = 0; j < 8; ++j) {
        Vector v;
        __builtin_memcpy(&v, at + i + j * kLanes, sizeof v);
        sums[j] += v;
      }
    for (Vector& s : sums) asm volatile("" : : "v"(s));
  });
  return static_cast<double>(kBytes) / seconds * 1e-9;
}

}  // namespace alexnet::bench
