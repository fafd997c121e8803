#include "kernels/peak.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/parallel.hpp"
#include "kernels/packed/kernels.hpp"

namespace alexnet::kernels {
namespace {

// Returns the result of work() per second of its run time.
template <class Work>
double per_s(const Work& work) {
  const auto began = std::chrono::steady_clock::now();
  const double done = work();
  return done / std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Number of floats that one task reads.
constexpr std::size_t kPiece = std::size_t{1} << 16;

// Returns 8 times the size of the L3 cache, but at least 64 MiB and at most 256 MiB. With an L3 cache of up
// to 32 MiB, at most an eighth of the buffer is still cached from the previous pass.
std::size_t buffer_bytes() {
  constexpr std::size_t kMin = std::size_t{64} << 20;
  constexpr std::size_t kMax = std::size_t{256} << 20;
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return std::clamp(std::size_t{8} * static_cast<std::size_t>(std::max(cache, 0L)), kMin, kMax);
}

// Keeps the compiler from removing computations whose results are not used.
std::atomic<float> result;

}  // namespace

std::size_t float_lanes() { return static_cast<std::size_t>(packed::best().lanes); }
float multiply_add(std::size_t steps) { return packed::best().multiply_add(steps); }
float sum(std::span<const float> values) { return packed::best().sum(values.data(), values.size()); }

PeakMeter::PeakMeter()
    : count_(buffer_bytes() / sizeof(float)), buffer_(std::make_unique_for_overwrite<float[]>(count_)) {
  // First touch in parallel, so that the pages are on the NUMA nodes of the threads.
  parallel_ranges(count_, kPiece, [&](std::size_t begin, std::size_t end) {
    std::fill(buffer_.get() + begin, buffer_.get() + end, 1.0F);
  });
}

void PeakMeter::sample() {
  // About 20 microseconds.
  constexpr std::size_t kSteps = 20000;
  const int tasks = 100 * thread_count();
  const double multiply_adds = per_s([&] {
    parallel_tasks(tasks, [](int) { result = multiply_add(kSteps); });
    return static_cast<double>(kSteps * kChains * float_lanes()) * tasks;
  });
  const double bytes = per_s([&] {
    parallel_ranges(count_, kPiece, [&](std::size_t begin, std::size_t end) {
      result = sum({buffer_.get() + begin, end - begin});
    });
    return static_cast<double>(count_ * sizeof(float));
  });
  samples_.push_back({2e-9 * multiply_adds, 1e-9 * bytes});
}

Peak PeakMeter::best() const {
  Peak best;
  for (const Peak& sample : samples_) {
    best.gflops = std::max(best.gflops, sample.gflops);
    best.read_gbytes_per_s = std::max(best.read_gbytes_per_s, sample.read_gbytes_per_s);
  }
  return best;
}

Peak measure_peak() {
  constexpr int kSamples = 7;
  PeakMeter meter;
  for (int i = 0; i < kSamples; ++i) meter.sample();
  return meter.best();
}

}  // namespace alexnet::kernels
