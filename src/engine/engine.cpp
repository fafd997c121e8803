#include "engine/engine.hpp"

#include <algorithm>

namespace alexnet {

EngineKind default_engine() { return EngineKind::eigen; }

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

}  // namespace alexnet

namespace alexnet {
std::unique_ptr<Engine> make_packed_engine(const std::vector<Layer>& layers,
                                           const std::vector<LayerWeights>& weights, const EngineOptions&) {
  return make_eigen_engine(layers, weights);
}
}  // namespace alexnet
