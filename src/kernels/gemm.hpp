// Matrix multiplication with Eigen, compiled once for each x86-64 level. The program selects one at run time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alexnet::kernels {

// c (m x n) = a (m x k) * b (k x n), row-major. ld* is the distance between rows, in elements.
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

// c (n x m) = b (n x k) * transposed a (m x k): a fully-connected layer for n images. Each image has one row
// of b and of c.
void gemm_transposed(const Gemm& g);

// The two functions compiled for one CPU level.
struct GemmLevel {
  std::string_view name;  // "x86-64", "x86-64-v3 (AVX2)", "x86-64-v4 (AVX-512)"
  void (*gemm)(const Gemm&);
  void (*gemm_transposed)(const Gemm&);
};

// Returns the levels that this CPU supports, lowest first. gemm() uses the last one.
const std::vector<GemmLevel>& gemm_levels();

// Returns the version of Eigen, for example "3.4.0".
std::string eigen_version();

}  // namespace alexnet::kernels
