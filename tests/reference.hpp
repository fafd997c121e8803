// Reference implementations of the kernels as plain loops. Sums are computed in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet::reference {

using Values = std::vector<float>;

inline std::size_t at(const Shape& s, int n, int c, int y, int x) {
  return ((static_cast<std::size_t>(n) * static_cast<std::size_t>(s.channels) + static_cast<std::size_t>(c)) *
              static_cast<std::size_t>(s.height) +
          static_cast<std::size_t>(y)) *
             static_cast<std::size_t>(s.width) +
         static_cast<std::size_t>(x);
}

inline bool within(const Shape& s, int y, int x) { return y >= 0 && y < s.height && x >= 0 && x < s.width; }

// Calls f(n, c, y, x) for every element of a batch of outputs.
template <class F>
void each(const Shape& s, int batch, const F& f) {
  for (int n = 0; n < batch; ++n)
    for (int c = 0; c < s.channels; ++c)
      for (int y = 0; y < s.height; ++y)
        for (int x = 0; x < s.width; ++x) f(n, c, y, x);
}

// Each row as integers times one scale, its maximum magnitude / 127. A row whose scale is not a normal number
// becomes zeros.
struct Int8Rows {
  std::vector<int> numbers;
  Values scales;
};
inline Int8Rows int8_rows(std::size_t rows, const Values& values) {
  Int8Rows out;
  const std::size_t length = values.size() / rows;
  for (std::size_t r = 0; r < rows; ++r) {
    float scale = 0;
    for (std::size_t i = 0; i < length; ++i) scale = std::max(scale, std::abs(values[r * length + i]) / 127);
    if (!std::isnormal(scale)) scale = 0;
    out.scales.push_back(scale);
    for (std::size_t i = 0; i < length; ++i) {
      const double exact = scale == 0 ? 0.0 : static_cast<double>(values[r * length + i] / scale);
      const double below = std::floor(exact);
      const bool up = exact - below > 0.5 || (exact - below == 0.5 && std::fmod(below, 2) != 0);
      out.numbers.push_back(static_cast<int>(below) + (up ? 1 : 0));
    }
  }
  return out;
}

// c (m x n) = a (m x k) * b (k x n)
inline Values gemm(int m, int n, int k, const Values& a, const Values& b) {
  Values c;
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l)
        sum += static_cast<double>(a[static_cast<std::size_t>(i * k + l)]) *
               static_cast<double>(b[static_cast<std::size_t>(l * n + j)]);
      c.push_back(static_cast<float>(sum));
    }
  return c;
}

// Returns one output value of a convolution before rounding to float.
inline double conv_at(const Conv& p, const Shape& in, const Values& x, const Values& weight,
                      const Values& bias, int n, int c, int oy, int ox) {
  const int in_group = in.channels / p.group;
  const int out_group = p.output / p.group;
  double sum = bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(c)]);
  for (int i = 0; i < in_group; ++i)
    for (int ky = 0; ky < p.kernel.h; ++ky)
      for (int kx = 0; kx < p.kernel.w; ++kx) {
        const int iy = oy * p.stride.h - p.pad.top + ky * p.dilation.h;
        const int ix = ox * p.stride.w - p.pad.left + kx * p.dilation.w;
        if (!within(in, iy, ix)) continue;
        const auto w = static_cast<std::size_t>(((c * in_group + i) * p.kernel.h + ky) * p.kernel.w + kx);
        sum += static_cast<double>(weight[w]) *
               static_cast<double>(x[at(in, n, c / out_group * in_group + i, iy, ix)]);
      }
  return sum;
}

inline Values conv(const Conv& p, const Shape& in, const Shape& out, int batch, const Values& x,
                   const Values& weight, const Values& bias) {
  Values y(out.count() * static_cast<std::size_t>(batch));
  each(out, batch, [&](int n, int c, int oy, int ox) {
    y[at(out, n, c, oy, ox)] = static_cast<float>(conv_at(p, in, x, weight, bias, n, c, oy, ox));
  });
  return y;
}

// average: divide by the window's elements inside the input, or (include_pad) inside the padded input.
inline Values pool(const Pool& p, bool average, bool include_pad, const Shape& in, const Shape& out,
                   int batch, const Values& x) {
  Values y(out.count() * static_cast<std::size_t>(batch));
  each(out, batch, [&](int n, int c, int oy, int ox) {
    double sum = 0;
    float best = -std::numeric_limits<float>::infinity();
    int inside = 0;
    int inside_padded = 0;
    for (int ky = 0; ky < p.kernel.h; ++ky)
      for (int kx = 0; kx < p.kernel.w; ++kx) {
        const int iy = oy * p.stride.h - p.pad.top + ky;
        const int ix = ox * p.stride.w - p.pad.left + kx;
        if (iy < in.height + p.pad.bottom && ix < in.width + p.pad.right) ++inside_padded;
        if (!within(in, iy, ix)) continue;
        const float v = x[at(in, n, c, iy, ix)];
        sum += static_cast<double>(v);
        best = std::max(best, v);
        ++inside;
      }
    y[at(out, n, c, oy, ox)] =
        average ? static_cast<float>(sum / (include_pad ? inside_padded : inside)) : best;
  });
  return y;
}

inline Values lrn(const Lrn& p, const Shape& s, int batch, const Values& x) {
  Values y(x.size());
  each(s, batch, [&](int n, int c, int iy, int ix) {
    double sum = 0;
    for (int d = c - (p.size - 1) / 2; d <= c + p.size / 2; ++d)
      if (d >= 0 && d < s.channels) sum += std::pow(static_cast<double>(x[at(s, n, d, iy, ix)]), 2);
    const double norm = static_cast<double>(p.k) + static_cast<double>(p.alpha) / p.size * sum;
    y[at(s, n, c, iy, ix)] = static_cast<float>(static_cast<double>(x[at(s, n, c, iy, ix)]) *
                                                std::pow(norm, -static_cast<double>(p.beta)));
  });
  return y;
}

inline Values softmax(const Shape& s, int batch, const Values& x) {
  Values y(x.size());
  each(s, batch, [&](int n, int c, int iy, int ix) {
    double sum = 0;
    const auto value = static_cast<double>(x[at(s, n, c, iy, ix)]);
    for (int d = 0; d < s.channels; ++d) sum += std::exp(static_cast<double>(x[at(s, n, d, iy, ix)]) - value);
    y[at(s, n, c, iy, ix)] = static_cast<float>(1 / sum);
  });
  return y;
}

// Returns pseudo-random numbers in [-1, 1), the same on every machine.
inline Values noise(std::size_t count, std::uint64_t seed) {
  const auto random = random_weights(seed);
  constexpr std::int64_t kFanIn = 6;
  const auto values = random->fetch({"noise", {static_cast<std::int64_t>(count)}, kFanIn});
  return {values.begin(), values.end()};
}

// Returns the maximum difference, relative to the maximum magnitude of `expected`. Infinity if a size differs
// or a difference is NaN.
template <class A, class B>
double difference(const A& got, const B& expected) {
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(static_cast<double>(got[i]) - static_cast<double>(expected[i]));
    worst = std::isnan(d) ? std::numeric_limits<double>::infinity() : std::max(worst, d);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return largest > 0 ? worst / largest : worst;
}

}  // namespace alexnet::reference
