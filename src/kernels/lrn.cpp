#include "kernels/lrn.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace alexnet::kernels {
namespace {

// Pixels per block. The sums of a block fit in the L1 cache.
constexpr std::size_t kBlock = 256;

}  // namespace

void lrn(const LrnParams& p, int channels, std::size_t plane, std::size_t first, std::size_t count,
         const float* in, float* out) {
  const float scale = p.alpha / static_cast<float>(p.size);
  const auto at = [plane](auto* data, int c, std::size_t i) {
    return data + static_cast<std::size_t>(c) * plane + i;
  };
  std::array<float, kBlock> x;
  for (std::size_t i = first; i < first + count; i += kBlock) {
    const std::size_t n = std::min(kBlock, first + count - i);
    for (int c = 0; c < channels; ++c) {
      std::fill(x.begin(), x.end(), 0.0F);
      for (int d = std::max(0, c - (p.size - 1) / 2); d <= std::min(channels - 1, c + p.size / 2); ++d) {
        const float* v = at(in, d, i);
        for (std::size_t j = 0; j < n; ++j) x[j] += v[j] * v[j];
      }
      const float* v = at(in, c, i);
      float* y = at(out, c, i);
      if (p.beta == kRootBeta) {
        // Two instructions instead of a call to pow.
        for (std::size_t j = 0; j < n; ++j) {
          const float root = std::sqrt(p.k + scale * x[j]);
          y[j] = v[j] / (root * std::sqrt(root));
        }
      } else {
        for (std::size_t j = 0; j < n; ++j) y[j] = v[j] * std::pow(p.k + scale * x[j], -p.beta);
      }
    }
  }
}

}  // namespace alexnet::kernels
