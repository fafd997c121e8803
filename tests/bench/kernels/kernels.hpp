// Benchmarks of kernels on the layers of a network, on one thread. Each file registers the benchmarks of one
// kind; main.cpp calls all of them.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "layers/layers.hpp"
#include "some_floats.hpp"

namespace alexnet::bench {

void add_gemm(const std::vector<Layer>& layers);    // every convolution, at every SIMD level
void add_fc(const std::vector<Layer>& layers);      // every fully-connected layer, for 1 and 16 images
void add_im2col(const std::vector<Layer>& layers);  // every convolution
void add_pool(const std::vector<Layer>& layers);
void add_lrn(const std::vector<Layer>& layers);
// Convolutions, fully-connected layers and LRN, at every SIMD level.
void add_packed(const std::vector<Layer>& layers);

inline std::string size_text(const GemmSize& g) {
  return std::to_string(g.m) + " x " + std::to_string(g.k) + " x " + std::to_string(g.n);
}

// Sets the work per iteration; the report computes shares of the machine's limits from it.
inline void count(benchmark::State& state, double flop, double bytes) {
  const auto each = benchmark::Counter::kIsIterationInvariantRate;
  if (flop > 0) state.counters["flop_per_s"] = benchmark::Counter(flop, each);
  state.counters["bytes_per_s"] = benchmark::Counter(bytes, each);
}

}  // namespace alexnet::bench
