#include "steps/loops.hpp"

#include <cstddef>

namespace alexnet::bench {

void conv_loops(const kernels::Patches& p, int outputs, const float* x, const float* w, float* y) {
  for (int o = 0; o < outputs; ++o)
    for (int oy = 0; oy < p.out_h; ++oy)
      for (int ox = 0; ox < p.out_w; ++ox) {
        float sum = 0;
        for (int c = 0; c < p.channels; ++c)
          for (int ky = 0; ky < p.kernel.h; ++ky)
            for (int kx = 0; kx < p.kernel.w; ++kx) {
              const int iy = oy * p.stride.h + ky - p.pad.top;
              const int ix = ox * p.stride.w + kx - p.pad.left;
              if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
              sum += w[((o * p.channels + c) * p.kernel.h + ky) * p.kernel.w + kx] *
                     x[(c * p.in_h + iy) * p.in_w + ix];
            }
        y[(o * p.out_h + oy) * p.out_w + ox] = sum;
      }
}

void multiply_ijk(const Matrices& g) {
  for (int i = 0; i < g.m; ++i)
    for (int j = 0; j < g.n; ++j) {
      float sum = 0;
      for (int l = 0; l < g.k; ++l) sum += g.a[i * g.k + l] * g.b[l * g.n + j];
      g.c[i * g.n + j] = sum;
    }
}

void multiply_ikj(const Matrices& g) {
  for (int i = 0; i < g.m; ++i) {
    float* __restrict c = g.c + i * g.n;
    for (int j = 0; j < g.n; ++j) c[j] = 0;
    for (int l = 0; l < g.k; ++l) {
      const float a = g.a[i * g.k + l];
      const float* __restrict b = g.b + l * g.n;
      for (int j = 0; j < g.n; ++j) c[j] += a * b[j];
    }
  }
}

namespace {

constexpr int kDepth = 32;
constexpr int kWidth = 256;

// Calls block(l0, l1, j0, width) for blocks of b that stay in the L1 cache while all rows of a pass over
// them.
template <class Block>
void each_block(const Matrices& g, const Block& block) {
  for (int i = 0; i < g.m * g.n; ++i) g.c[i] = 0;
  for (int l0 = 0; l0 < g.k; l0 += kDepth)
    for (int j0 = 0; j0 < g.n; j0 += kWidth)
      block(l0, l0 + kDepth < g.k ? l0 + kDepth : g.k, j0, j0 + kWidth < g.n ? kWidth : g.n - j0);
}

}  // namespace

void multiply_blocked(const Matrices& g) {
  each_block(g, [&](int l0, int l1, int j0, int width) {
    for (int i = 0; i < g.m; ++i) {
      float* __restrict c = g.c + i * g.n + j0;
      for (int l = l0; l < l1; ++l) {
        const float a = g.a[i * g.k + l];
        const float* __restrict b = g.b + l * g.n + j0;
        for (int j = 0; j < width; ++j) c[j] += a * b[j];
      }
    }
  });
}

void multiply_four_rows(const Matrices& g) {
  each_block(g, [&](int l0, int l1, int j0, int width) {
    for (int i = 0; i < g.m; ++i) {
      float* __restrict c = g.c + i * g.n + j0;
      for (int l = l0; l < l1; l += 4) {
        const float* a = g.a + i * g.k + l;
        const float* __restrict b = g.b + l * g.n + j0;
        for (int j = 0; j < width; ++j)
          c[j] += a[0] * b[j] + a[1] * b[g.n + j] + a[2] * b[2 * g.n + j] + a[3] * b[3 * g.n + j];
      }
    }
  });
}

void dot_products(int m, int k, const float* w, const float* x, float* y) {
  for (int i = 0; i < m; ++i, w += k) {
    float sum = 0;
    for (int l = 0; l < k; ++l) sum += w[l] * x[l];
    y[i] = sum;
  }
}

}  // namespace alexnet::bench
