#include "alexnet/analysis.hpp"

#include <algorithm>
#include <cmath>

namespace alexnet {

std::vector<Prediction> top_k(std::span<const float> probabilities, std::size_t k) {
  std::vector<Prediction> all(probabilities.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = {i, probabilities[i]};
  k = std::min(k, all.size());
  std::ranges::partial_sort(
      all, all.begin() + static_cast<std::ptrdiff_t>(k), [](const Prediction& a, const Prediction& b) {
        if (std::isnan(a.probability) || std::isnan(b.probability))
          return !std::isnan(a.probability) && std::isnan(b.probability);
        return a.probability != b.probability ? a.probability > b.probability : a.index < b.index;
      });
  all.resize(k);
  return all;
}

}  // namespace alexnet
