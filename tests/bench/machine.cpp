// machine THREADS...: prints the machine's limits for each number of threads, as JSON.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "kernels/peak.hpp"

int main(int argc, char** argv) {
  constexpr int kRounds = 4;
  for (int i = 1; i < argc; ++i) {
    const int threads = std::atoi(argv[i]);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    alexnet::kernels::Peak best;
    for (int round = 0; round < kRounds; ++round) {
      const auto peak = tbb::task_arena(threads).execute([] { return alexnet::kernels::measure_peak(); });
      best.gflops = std::max(best.gflops, peak.gflops);
      best.read_gbytes_per_s = std::max(best.read_gbytes_per_s, peak.read_gbytes_per_s);
    }
    std::printf(R"(%s"%d": {"peak_gflops": %.1f, "read_gb_per_s": %.2f})", i == 1 ? "{" : ", ", threads,
                best.gflops, best.read_gbytes_per_s);
  }
  std::puts("}");
  return 0;
}
