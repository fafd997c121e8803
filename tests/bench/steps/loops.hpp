// Loops without intrinsics, compiled with -O3 -march=native.
#pragma once

#include "kernels/im2col.hpp"

namespace alexnet::bench {

// y [output][oy][ox] = sum over c, ky, kx of w [output][c][ky][kx] * x [c][oy * stride + ky - pad][...]. The
// dilation is 1.
void conv_loops(const kernels::Patches& p, int outputs, const float* x, const float* w, float* y);

// c (m x n) = a (m x k) * b (k x n), row-major
struct Matrices {
  int m, n, k;
  const float* a;
  const float* b;
  float* c;
};
void multiply_ijk(const Matrices& g);
void multiply_ikj(const Matrices& g);
void multiply_blocked(const Matrices& g);
void multiply_four_rows(const Matrices& g);  // four rows of b at a time; k is a multiple of 4

// y (m) = w (m x k) * x (k)
void dot_products(int m, int k, const float* w, const float* x, float* y);

}  // namespace alexnet::bench
