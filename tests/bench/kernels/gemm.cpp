// Eigen's matrix products: convolutions after im2col, and fully-connected layers.
#include "kernels/gemm.hpp"

#include "kernels/kernels.hpp"

namespace alexnet::bench {
namespace {

void multiply(benchmark::State& state, const GemmSize& size, void (*gemm)(const kernels::Gemm&),
              bool transposed) {
  const auto m = static_cast<int>(size.m);
  const auto k = static_cast<int>(size.k);
  const auto n = static_cast<int>(size.n);
  const auto a = some_floats(static_cast<std::size_t>(size.m * size.k));
  const auto b = some_floats(static_cast<std::size_t>(size.k * size.n));
  std::vector<float> c(static_cast<std::size_t>(size.m * size.n));
  const kernels::Gemm g{m, n, k, a.data(), k, b.data(), transposed ? k : n, c.data(), transposed ? m : n};
  for (auto _ : state) {
    gemm(g);
    benchmark::ClobberMemory();
  }
  count(state, 2.0 * static_cast<double>(size.m * size.k * size.n),
        sizeof(float) * static_cast<double>(a.size() + b.size() + c.size()));
}

}  // namespace

void add_gemm(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    if (const auto size = gemm_size(layer); size && std::holds_alternative<Conv>(layer.params))
      for (const kernels::GemmLevel& level : kernels::gemm_levels())
        benchmark::RegisterBenchmark(
            ("gemm, " + std::string(level.name) + "/" + layer.name + "/" + size_text(*size)).c_str(),
            multiply, *size, level.gemm, false);
}

void add_fc(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    for (const int batch : {1, 16})
      if (const auto size = gemm_size(layer, batch);
          size && std::holds_alternative<FullyConnected>(layer.params))
        benchmark::RegisterBenchmark(("fc/" + layer.name + "/" + size_text(*size)).c_str(), multiply, *size,
                                     kernels::gemm_transposed, true);
}

}  // namespace alexnet::bench
