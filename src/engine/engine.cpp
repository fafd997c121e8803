#include "engine/engine.hpp"

#include <algorithm>

#include "engine/packed_engine.hpp"
#include "kernels/lrn.hpp"

namespace alexnet {

std::string to_string(ConvMethod conv) {
  return conv == ConvMethod::automatic ? "auto" : conv == ConvMethod::gemm ? "gemm" : "winograd";
}

EngineKind default_engine() {
  return kernels::packed::best().vectors ? EngineKind::packed : EngineKind::eigen;
}

void Activation::copy_nchw(std::span<float> out) const {
  const std::size_t plane = shape.plane();
  const auto channels = static_cast<std::size_t>(shape.channels);
  if (!channels_last || plane == 1) {
    std::copy_n(data, static_cast<std::size_t>(count) * shape.count(), out.begin());
    return;
  }
  for (std::size_t image = 0; image < static_cast<std::size_t>(count); ++image)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < plane; ++i)
        out[(image * channels + c) * plane + i] = data[(image * plane + i) * channels + c];
}

LrnMethod lrn_method(const Lrn& lrn) {
  // A square, the additions, a multiply-add, the power and a multiplication by it.
  constexpr int kRoots = 4;
  constexpr int kExpAndLog = 40;
  const bool roots = lrn.beta == kernels::kRootBeta;
  return {roots, lrn.size + 3 + (roots ? kRoots : kExpAndLog)};
}

std::vector<Step> plan(const std::vector<Layer>& layers, const EngineOptions& options) {
  if (options.engine == EngineKind::packed && packed_runs(layers))
    return PackedEngine(kernels::packed::best(), layers, nullptr, options).steps();
  std::vector<LayerWeights> weights(layers.size());
  for (std::size_t i = 1; i < layers.size(); ++i)
    weights[i].folded =
        std::holds_alternative<BatchNorm>(layers[i].params) && multiplies(layers[i - 1].params);
  return make_eigen_engine(layers, std::move(weights), options)->steps();
}

}  // namespace alexnet
