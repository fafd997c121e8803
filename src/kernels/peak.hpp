// Measures the peak speed of this machine, with which the speed of a layer is compared.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace alexnet::kernels {

struct Peak {
  // 10^9 float32 operations per second in multiply-adds on registers. A multiply-add counts as 2
  // operations.
  double gflops = 0.0;
  // 10^9 bytes per second when reading a buffer of 64 to 256 MiB.
  double read_gbytes_per_s = 0.0;
};

// Measures the machine repeatedly, on as many threads as the caller's arena has (core/parallel.hpp). Not
// thread-safe.
class PeakMeter {
 public:
  PeakMeter();

  // Takes one sample. This takes about 10 ms and evicts other data from the caches.
  void sample();
  const std::vector<Peak>& samples() const { return samples_; }
  // Returns the highest arithmetic speed and the highest bandwidth of all samples.
  Peak best() const;

 private:
  // Number of floats in the buffer.
  std::size_t count_;
  std::unique_ptr<float[]> buffer_;
  std::vector<Peak> samples_;
};

// Returns the best of 7 samples. This takes about 0.25 s.
Peak measure_peak();

// The measured functions, with the widest vectors of this CPU.
//
// multiply_add computes s = s / 2 + 1/2, `steps` times, on kChains vectors that start as 0, 1, 2 ... It
// returns the mean of all their elements, 1 + ((kChains - 1) / 2 - 1) / 2^steps. The chains are independent:
// two units with a latency of 4 cycles need at least 8 chains.
inline constexpr std::size_t kChains = 12;
float multiply_add(std::size_t steps);
float sum(std::span<const float> values);

// Returns the number of floats in a vector.
std::size_t float_lanes();

}  // namespace alexnet::kernels
