// Local response normalisation.
#include "kernels/lrn.hpp"

#include "kernels/kernels.hpp"

namespace alexnet::bench {
namespace {

void normalise(benchmark::State& state, const Layer& layer, const kernels::LrnParams& params) {
  const auto in = some_floats(layer.in.count());
  std::vector<float> out(in.size());
  for (auto _ : state) {
    kernels::lrn(params, layer.in.channels, layer.in.plane(), 0, layer.in.plane(), in.data(), out.data());
    benchmark::ClobberMemory();
  }
  count(state, 0, sizeof(float) * static_cast<double>(in.size() + out.size()));
}

}  // namespace

void add_lrn(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers)
    if (const auto* l = std::get_if<Lrn>(&layer.params))
      benchmark::RegisterBenchmark(("lrn/" + layer.name + "/" + to_string(layer.in)).c_str(), normalise,
                                   layer, kernels::LrnParams{l->size, l->alpha, l->beta, l->k});
}

}  // namespace alexnet::bench
