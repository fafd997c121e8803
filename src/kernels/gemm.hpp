// Matrix multiplication by Eigen, compiled once for each level of x86-64 and chosen when the program runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alexnet::kernels {

// c (m x n) = a (m x k) * b (k x n); row-major; ld* is the distance between rows, in elements.
// n == 1 is a matrix-vector product.
struct Gemm {
  int m, n, k;
  const float* a;
  int lda;
  const float* b;
  int ldb;
  float* c;
  int ldc;
};
void gemm(const Gemm& g);

// c (n x m) = b (n x k) * transposed a (m x k): the fully-connected layer of n images, whose outputs are
// rows.
void gemm_transposed(const Gemm& g);

// A build of the two functions for one CPU level.
struct GemmLevel {
  std::string_view name;  // "x86-64", "x86-64-v3 (AVX2)", "x86-64-v4 (AVX-512)"
  void (*gemm)(const Gemm&);
  void (*gemm_transposed)(const Gemm&);
};

// The levels that this CPU runs, lowest first. gemm() uses the last one.
const std::vector<GemmLevel>& gemm_levels();

// "3.4.0"
std::string eigen_version();

}  // namespace alexnet::kernels
