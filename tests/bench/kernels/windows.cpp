// Kernels that move windows over planes: im2col and pooling. They are limited by memory or caches.
#include "kernels/im2col.hpp"
#include "kernels/kernels.hpp"
#include "kernels/pool.hpp"

namespace alexnet::bench {
namespace {

void columns(benchmark::State& state, const kernels::Patches& patches, std::size_t in_count) {
  const auto in = some_floats(in_count);
  std::vector<float> matrix(static_cast<std::size_t>(patches.k()) * static_cast<std::size_t>(patches.n()));
  for (auto _ : state) {
    kernels::im2col(patches, in.data(), matrix.data());
    benchmark::ClobberMemory();
  }
  count(state, 0, sizeof(float) * static_cast<double>(in.size() + matrix.size()));
}

void max_pool(benchmark::State& state, const Layer& layer, const MaxPool& pool) {
  const kernels::Windows windows{layer.in.height, layer.in.width,   pool.kernel,    pool.stride,
                                 pool.pad,        layer.out.height, layer.out.width};
  const auto in = some_floats(layer.in.count());
  std::vector<float> out(layer.out.count());
  for (auto _ : state) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(layer.in.channels); ++c)
      kernels::max_pool(windows, in.data() + c * layer.in.plane(), out.data() + c * layer.out.plane());
    benchmark::ClobberMemory();
  }
  count(state, 0, sizeof(float) * static_cast<double>(in.size() + out.size()));
}

}  // namespace

void add_im2col(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    if (const auto* conv = std::get_if<Conv>(&layer.params)) {
      const kernels::Patches patches{layer.in.channels / conv->group,
                                     layer.in.height,
                                     layer.in.width,
                                     conv->kernel,
                                     conv->stride,
                                     conv->pad,
                                     conv->dilation,
                                     layer.out.height,
                                     layer.out.width};
      benchmark::RegisterBenchmark(("im2col/" + layer.name + "/" + to_string(layer.in)).c_str(), columns,
                                   patches, layer.in.count() / static_cast<std::size_t>(conv->group));
    }
}

void add_pool(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    if (const auto* pool = std::get_if<MaxPool>(&layer.params))
      benchmark::RegisterBenchmark(("max_pool/" + layer.name + "/" + to_string(layer.in)).c_str(), max_pool,
                                   layer, *pool);
}

}  // namespace alexnet::bench
