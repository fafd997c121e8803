// The machine's own limits, measured: what a layer's speed is a share of.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace alexnet::kernels {

struct Peak {
  double gflops = 0.0;             // float32 multiply-adds on registers, 2 operations each
  double read_gbytes_per_s = 0.0;  // 1e9 bytes of memory, far more than the caches hold
};

// Measures the machine's speed now and then, on as many threads as the caller's arena has (core/parallel.hpp).
class PeakMeter {
 public:
  PeakMeter();

  // Measures once, which takes some 10 ms and displaces what the caches held.
  void sample();
  const std::vector<Peak>& samples() const { return samples_; }
  // Returns the best arithmetic and the best bandwidth of all samples.
  Peak best() const;

 private:
  std::size_t count_;  // floats in the buffer
  std::unique_ptr<float[]> buffer_;
  std::vector<Peak> samples_;
};

// Returns the best of some samples, in a quarter of a second.
Peak measure_peak();

// What is measured, in the widest vectors of this CPU: s = s / 2 + 1/2, `steps` times, on kChains vectors that begin as
// 0, 1, 2 ...; returns the mean of all their elements, 1 + ((kChains - 1) / 2 - 1) / 2^steps.
// They do not wait for each other: two units with a latency of 4 need 8 at least.
inline constexpr std::size_t kChains = 12;
float multiply_add(std::size_t steps);
float sum(std::span<const float> values);

// Floats in a vector.
std::size_t float_lanes();

}  // namespace alexnet::kernels
