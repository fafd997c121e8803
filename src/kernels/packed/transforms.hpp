// The matrices of Winograd's F(m, r). y = A^T [ (G g) . (B^T d) ] is the correlation y_i = sum of g_k d_(i +
// k) of m outputs, computed with m + r - 1 multiplications. The matrices follow from evaluating polynomials
// at points (Toom and Cook; Winograd 1980; Lavin and Gray 2016, appendix). With points p_0 ... p_(n-2) and
// infinity, n = m + r - 1:
//   A^T[i][j] = p_j^i                              last column: 1 for i = m - 1
//   G[j][k]   = p_j^k / product of (p_j - p_l)      last row: 1 for k = r - 1
//   B^T[j]    = coefficients of the product of (x - p_l) over l != j; last row: over all l.
#pragma once

namespace alexnet::kernels::packed {

template <int kRows, int kColumns>
struct Matrix {
  double v[kRows][kColumns] = {};
};

// Small numbers and their inverses keep rounding errors small.
inline constexpr double kPoints[] = {0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5};

template <int kTile, int kKernel>
struct Transforms {
  static constexpr int kSize = kTile + kKernel - 1;
  // Index of the point at infinity.
  static constexpr int kLast = kSize - 1;

  static constexpr Matrix<kTile, kSize> at() {
    Matrix<kTile, kSize> m;
    for (int j = 0; j < kLast; ++j) {
      double power = 1.0;
      for (int i = 0; i < kTile; ++i, power *= kPoints[j]) m.v[i][j] = power;
    }
    m.v[kTile - 1][kLast] = 1.0;
    return m;
  }
  static constexpr Matrix<kSize, kKernel> g() {
    Matrix<kSize, kKernel> m;
    for (int j = 0; j < kLast; ++j) {
      double divisor = 1.0;
      for (int l = 0; l < kLast; ++l)
        if (l != j) divisor *= kPoints[j] - kPoints[l];
      double power = 1.0;
      for (int k = 0; k < kKernel; ++k, power *= kPoints[j]) m.v[j][k] = power / divisor;
    }
    m.v[kLast][kKernel - 1] = 1.0;
    return m;
  }
  static constexpr Matrix<kSize, kSize> bt() {
    Matrix<kSize, kSize> m;
    for (int j = 0; j < kSize; ++j) {
      double* row = m.v[j];
      row[0] = 1.0;
      int degree = 0;
      for (int l = 0; l < kLast; ++l) {
        if (l == j) continue;
        ++degree;
        for (int i = degree; i > 0; --i) row[i] = row[i - 1] - kPoints[l] * row[i];
        row[0] *= -kPoints[l];
      }
    }
    return m;
  }

  static constexpr Matrix<kTile, kSize> kAt = at();
  static constexpr Matrix<kSize, kKernel> kG = g();
  static constexpr Matrix<kSize, kSize> kBt = bt();
};

}  // namespace alexnet::kernels::packed
