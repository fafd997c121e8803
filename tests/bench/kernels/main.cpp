// kernels NETWORK [Google Benchmark's options]: runs all benchmarks for the network.json NETWORK.
#include <cstdio>
#include <exception>

#include "core/parallel.hpp"
#include "kernels/kernels.hpp"
#include "network/model.hpp"

int main(int argc, char** argv) try {
  using namespace alexnet;
  benchmark::Initialize(&argc, argv);
  if (argc != 2) return 2;
  const std::vector<Layer> layers = load_network(argv[1]).description.layers;
  bench::add_gemm(layers);
  bench::add_fc(layers);
  bench::add_im2col(layers);
  bench::add_pool(layers);
  bench::add_lrn(layers);
  bench::add_packed(layers);
  const FlushDenormals flush;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "kernels: %s\n", e.what());
  return 1;
}
