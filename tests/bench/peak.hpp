// The machine's own limits, measured: what a share of the peak is a share of.
#pragma once

namespace alexnet::bench {

// Float32 fused multiply-adds of independent registers, on so many threads, in GFLOP/s (2 per multiply-add).
double peak_gflops(int threads);

// Reading a buffer much larger than the caches, in GB/s.
double read_gbytes_per_s(int threads);

}  // namespace alexnet::bench
