#include "kernels/elementwise.hpp"

#include <algorithm>
#include <cmath>

namespace alexnet::kernels {

void relu(float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) x[i] = x[i] < 0.0F ? 0.0F : x[i];
}

void clip(float min, float max, float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float raised = x[i] < min ? min : x[i];
    x[i] = raised > max ? max : raised;
  }
}

void add(float bias, float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) x[i] += bias;
}

void scale_shift(float scale, float shift, float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) x[i] = x[i] * scale + shift;
}

void softmax(int channels, std::size_t plane, float* x) {
  for (std::size_t i = 0; i < plane; ++i) {
    const auto at = [&](int c) -> float& { return x[static_cast<std::size_t>(c) * plane + i]; };
    float max = at(0);
    for (int c = 1; c < channels; ++c) max = std::max(max, at(c));
    double sum = 0.0;
    for (int c = 0; c < channels; ++c) {
      at(c) = std::exp(at(c) - max);
      sum += static_cast<double>(at(c));
    }
    for (int c = 0; c < channels; ++c) at(c) = static_cast<float>(static_cast<double>(at(c)) / sum);
  }
}

}  // namespace alexnet::kernels
