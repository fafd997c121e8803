#include <doctest/doctest.h>

#include "kernels/gemm.hpp"
#include "reference.hpp"

using namespace alexnet;

namespace {

struct Size {
  int m, n, k;
};

// Below, at and above Eigen's panel sizes; single rows and columns; and a slice of conv2.
constexpr Size kSizes[] = {{1, 1, 1},     {1, 7, 3},       {5, 1, 9},    {3, 2, 4},
                           {4, 48, 16},   {17, 49, 33},    {96, 50, 11}, {31, 191, 75},
                           {64, 192, 64}, {128, 193, 300}, {5, 1, 1200}, {33, 97, 1200}};

reference::Values transposed(const reference::Values& a, int rows, int columns) {
  reference::Values t;
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i) t.push_back(a[static_cast<std::size_t>(i * columns + j)]);
  return t;
}

}  // namespace

TEST_CASE("every CPU level multiplies matrices of odd sizes like plain loops") {
  for (const kernels::GemmLevel& level : kernels::gemm_levels())
    for (const auto [m, n, k] : kSizes) {
      CAPTURE(level.name);
      CAPTURE(m);
      CAPTURE(n);
      CAPTURE(k);
      const auto a = reference::noise(static_cast<std::size_t>(m * k), 1);
      const auto b = reference::noise(static_cast<std::size_t>(k * n), 2);
      const auto expected = reference::gemm(m, n, k, a, b);
      reference::Values c(expected.size());
      level.gemm({m, n, k, a.data(), k, b.data(), n, c.data(), n});
      CHECK(reference::difference(c, expected) < 1e-5);

      const auto bt = transposed(b, k, n);
      level.gemm_transposed({m, n, k, a.data(), k, bt.data(), k, c.data(), m});
      CHECK(reference::difference(transposed(c, n, m), expected) < 1e-5);
    }
}

TEST_CASE("a multiplication writes only its block of a larger matrix") {
  constexpr int kM = 5, kN = 50, kK = 7, kStride = 64;
  const auto a = reference::noise(kM * kK, 1);
  const auto b = reference::noise(kK * kStride, 2);
  reference::Values c(kM * kStride, 42.0F);
  kernels::gemm({kM, kN, kK, a.data(), kK, b.data(), kStride, c.data(), kStride});
  for (int i = 0; i < kM; ++i)
    for (int j = kN; j < kStride; ++j) CHECK(c[static_cast<std::size_t>(i * kStride + j)] == 42.0F);
}

TEST_CASE("the CPU levels are listed in ascending order from plain x86-64") {
  REQUIRE_FALSE(kernels::gemm_levels().empty());
  CHECK(kernels::gemm_levels().front().name == "x86-64");
  CHECK(kernels::eigen_version() == "3.4.0");
}
