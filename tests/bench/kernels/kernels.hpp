// Benchmarks of kernels on the layers of a network, on one thread. Each file registers those of one kind; main.cpp calls them all.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "layers/layers.hpp"
#include "some_floats.hpp"

namespace alexnet::bench {

void add_gemm(const std::vector<Layer>& layers);    // each convolution, for each level of the CPU
void add_fc(const std::vector<Layer>& layers);      // each fully-connected layer, for 1 and 16 images
void add_im2col(const std::vector<Layer>& layers);  // each convolution
void add_pool(const std::vector<Layer>& layers);
void add_lrn(const std::vector<Layer>& layers);
void add_packed(
    const std::vector<Layer>& layers);  // convolutions, fully-connected layers and LRN, at every level

inline std::string size_text(const GemmSize& g) {
  return std::to_string(g.m) + " x " + std::to_string(g.k) + " x " + std::to_string(g.n);
}

// What an iteration does; the report makes shares of the machine's limits of them.
inline void count(benchmark::State& state, double flop, double bytes) {
  const auto each = benchmark::Counter::kIsIterationInvariantRate;
  if (flop > 0) state.counters["flop_per_s"] = benchmark::Counter(flop, each);
  state.counters["bytes_per_s"] = benchmark::Counter(bytes, each);
}

}  // namespace alexnet::bench
