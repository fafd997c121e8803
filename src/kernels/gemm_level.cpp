// The two multiplications for one CPU level. CMake compiles this file once for each x86-64 level, with
//   ALEXNET_EIGEN                           a name for Eigen, so that no two levels' templates share symbols
//   ALEXNET_GEMM, ALEXNET_GEMM_TRANSPOSED   the names of the two exported functions
// and then makes every other symbol of the object local, so that the linker cannot pick this level's copy of
// an inline function for code that runs on an older CPU.
#define Eigen ALEXNET_EIGEN
#include "kernels/gemm.hpp"

#include <Eigen/Core>

namespace alexnet::kernels {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
using Map = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
using ConstVector = Eigen::Map<const Eigen::VectorXf, Eigen::Unaligned, Eigen::InnerStride<>>;
using Vector = Eigen::Map<Eigen::VectorXf, Eigen::Unaligned, Eigen::InnerStride<>>;

ConstMap matrix(const float* data, int rows, int columns, int stride) {
  return {data, rows, columns, Eigen::OuterStride<>(stride)};
}

}  // namespace

void ALEXNET_GEMM(const Gemm& g) {
  const ConstMap a = matrix(g.a, g.m, g.k, g.lda);
  if (g.n == 1) {
    const ConstVector x(g.b, g.k, Eigen::InnerStride<>(g.ldb));
    Vector(g.c, g.m, Eigen::InnerStride<>(g.ldc)).noalias() = a * x;
    return;
  }
  Map(g.c, g.m, g.n, Eigen::OuterStride<>(g.ldc)).noalias() = a * matrix(g.b, g.k, g.n, g.ldb);
}

void ALEXNET_GEMM_TRANSPOSED(const Gemm& g) {
  const ConstMap a = matrix(g.a, g.m, g.k, g.lda);
  if (g.n == 1) {
    const ConstVector x(g.b, g.k, Eigen::InnerStride<>(1));
    Vector(g.c, g.m, Eigen::InnerStride<>(1)).noalias() = a * x;
    return;
  }
  Map(g.c, g.n, g.m, Eigen::OuterStride<>(g.ldc)).noalias() = matrix(g.b, g.n, g.k, g.ldb) * a.transpose();
}

}  // namespace alexnet::kernels
