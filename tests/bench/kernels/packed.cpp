// The kernels of the `packed` engine, at every SIMD level of this CPU.
#include "kernels/packed/kernels.hpp"

#include <new>

#include "kernels/kernels.hpp"

namespace alexnet::bench {
namespace {

namespace packed = kernels::packed;

// Values with the same alignment as the engine's memory.
struct Floats {
  explicit Floats(std::size_t count) : values(some_floats(count + 64)) {}
  float* data() {
    return values.data() + (64 - reinterpret_cast<std::uintptr_t>(values.data()) % 64) / sizeof(float);
  }
  std::vector<float> values;
};

// Benchmarks a GEMM of a convolution's size, with contiguous rows.
void multiply(benchmark::State& state, const packed::Kernels& level, const GemmSize& size) {
  const auto m = static_cast<int>(size.m);
  const auto k = static_cast<int>(size.k);
  const auto n = static_cast<int>(size.n);
  const int panels = (m + level.gemm_columns - 1) / level.gemm_columns;
  Floats a(static_cast<std::size_t>(n) * static_cast<std::size_t>(k));
  Floats b(static_cast<std::size_t>(panels * k * level.gemm_columns));
  Floats c(static_cast<std::size_t>(n) * static_cast<std::size_t>(m));
  packed::Gemm g{};
  g.n = m;
  g.runs_h = g.runs_w = 1;
  g.run = k;
  g.distance = k;
  g.b = b.data();
  g.ldc = m;
  for (auto _ : state) {
    for (int panel = 0; panel < panels; ++panel)
      for (int row = 0; row < n; row += level.max_rows)
        level.gemm(g, a.data() + static_cast<std::ptrdiff_t>(row) * k, std::min(level.max_rows, n - row),
                   panel, c.data() + static_cast<std::ptrdiff_t>(row) * m);
    benchmark::ClobberMemory();
  }
  count(state, 2.0 * static_cast<double>(size.m * size.k * size.n),
        sizeof(float) * static_cast<double>(m * k + n * k + m * n));
}

void stream(benchmark::State& state, const packed::Kernels& level, const GemmSize& size, Storage storage,
            std::size_t bytes) {
  const auto n = static_cast<int>(size.m);
  const auto k = static_cast<int>(size.k);
  const auto images = static_cast<int>(size.n);
  const std::vector<char> w(static_cast<std::size_t>(size.m * size.k) * bytes);
  const auto x = some_floats(static_cast<std::size_t>(size.k * size.n));
  const auto scales = some_floats(static_cast<std::size_t>(size.m));
  std::vector<float> y(static_cast<std::size_t>(size.m * size.n));
  const packed::FullyConnected f{
      images,  k,        storage,  w.data(), storage == Storage::i8 ? scales.data() : nullptr,
      nullptr, x.data(), y.data(), n,        {}};
  for (auto _ : state) {
    level.fully_connected(f, 0, n);
    benchmark::ClobberMemory();
  }
  count(state, 2.0 * static_cast<double>(size.m * size.k * size.n), static_cast<double>(w.size()));
}

void normalise(benchmark::State& state, const packed::Kernels& level, const Layer& layer,
               const packed::Lrn& params) {
  const auto in = some_floats(layer.in.count());
  std::vector<float> out(in.size());
  for (auto _ : state) {
    level.lrn(params, layer.in.channels, layer.in.plane(), in.data(), out.data());
    benchmark::ClobberMemory();
  }
  count(state, 0, sizeof(float) * static_cast<double>(in.size() + out.size()));
}

}  // namespace

void add_packed(const std::vector<Layer>& layers) {
  struct Stored {
    const char* name;
    Storage storage;
    std::size_t bytes;
  };
  for (const packed::Kernels& level : packed::levels()) {
    const std::string at = ", packed, " + std::string(level.level) + "/";
    for (const Layer& layer : layers) {
      if (std::holds_alternative<Conv>(layer.params))
        benchmark::RegisterBenchmark(("gemm" + at + layer.name + "/" + size_text(*gemm_size(layer))).c_str(),
                                     multiply, level, *gemm_size(layer));
      if (const auto* l = std::get_if<Lrn>(&layer.params))
        benchmark::RegisterBenchmark(("lrn" + at + layer.name + "/" + to_string(layer.in)).c_str(), normalise,
                                     level, layer, packed::Lrn{l->size, l->alpha, l->beta, l->k});
      if (!std::holds_alternative<FullyConnected>(layer.params)) continue;
      for (const int batch : {1, 16})
        for (const auto& [name, storage, bytes] :
             {Stored{"F32", Storage::f32, 4}, {"F16", Storage::f16, 2}, {"I8", Storage::i8, 1}})
          benchmark::RegisterBenchmark(
              ("fc " + std::string(name) + at + layer.name + "/" + size_text(*gemm_size(layer, batch)))
                  .c_str(),
              stream, level, *gemm_size(layer, batch), storage, bytes);
    }
  }
}

}  // namespace alexnet::bench
