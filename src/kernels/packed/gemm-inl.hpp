// The GEMM micro-kernel.
#if defined(ALEXNET_KERNELS_PACKED_GEMM_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_GEMM_INL_HPP
#undef ALEXNET_KERNELS_PACKED_GEMM_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_GEMM_INL_HPP
#endif

#include "kernels/packed/common-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

// A tile of rows x kColumns numbers of c stays in registers while k runs. 32 vector registers hold 14 rows of
// 2 vectors, plus the 2 vectors of b and the number of a that each step loads. 16 registers hold 6 rows.
#undef ALEXNET_MAX_ROWS
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
#define ALEXNET_MAX_ROWS 14
#else
#define ALEXNET_MAX_ROWS 6
#endif
constexpr int kVectors = 2;
constexpr int kColumns = kVectors * kLanes;

template <int kRows>
void gemm_tile(const Gemm& g, const float* HWY_RESTRICT a, int panel, float* c) {
  const D d;
  const float* HWY_RESTRICT b = g.b + static_cast<std::ptrdiff_t>(panel) * g.k() * kColumns;
  const std::ptrdiff_t distance = g.distance;
  V sum[kRows][kVectors];
  ALEXNET_UNROLL(14) for (int r = 0; r < kRows; ++r) {
    sum[r][0] = hn::Zero(d);
    sum[r][1] = hn::Zero(d);
  }
  // Every third row has a pointer. The next two rows are one and two distances further, which x86 addressing
  // encodes as an index.
  constexpr int kPointers = (kRows + 2) / 3;
  for (int y = 0; y < g.runs_h; ++y) {
    for (int x = 0; x < g.runs_w; ++x) {
      const float* p[kPointers];
      ALEXNET_UNROLL(5)
      for (int j = 0; j < kPointers; ++j) {
        p[j] = a + y * g.step_h + x * g.step_w + j * (3 * distance);
      }
      for (int i = 0; i < g.run; ++i) {
        const V b0 = hn::Load(d, b);
        const V b1 = hn::Load(d, b + kLanes);
        ALEXNET_UNROLL(14) for (int r = 0; r < kRows; ++r) {
          const V v = hn::Set(d, p[r / 3][r % 3 * distance]);
          sum[r][0] = hn::MulAdd(v, b0, sum[r][0]);
          sum[r][1] = hn::MulAdd(v, b1, sum[r][1]);
        }
        ALEXNET_UNROLL(5) for (int j = 0; j < kPointers; ++j) { ++p[j]; }
        b += kColumns;
      }
    }
  }
  const int column = panel * kColumns;
  const int left = g.n - column;
  const V bias0 = g.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, g.bias + column);
  const V bias1 = g.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, g.bias + column + kLanes);
  c += column;
  ALEXNET_UNROLL(14) for (int r = 0; r < kRows; ++r) {
    const V y0 = clamped(hn::Add(sum[r][0], bias0), g.clamp);
    const V y1 = clamped(hn::Add(sum[r][1], bias1), g.clamp);
    store_part(y0, left, c);
    store_part(y1, left - kLanes, c + kLanes);
    c += g.ldc;
  }
}

using TileKernel = void (*)(const Gemm&, const float*, int, float*);
constexpr TileKernel kTileKernels[] = {
    gemm_tile<1>,  gemm_tile<2>, gemm_tile<3>, gemm_tile<4>,  gemm_tile<5>,  gemm_tile<6>,
#if ALEXNET_MAX_ROWS > 6
    gemm_tile<7>,  gemm_tile<8>, gemm_tile<9>, gemm_tile<10>, gemm_tile<11>, gemm_tile<12>,
    gemm_tile<13>, gemm_tile<14>
#endif
};

void gemm(const Gemm& g, const float* a, int rows, int panel, float* c) {
  kTileKernels[rows - 1](g, a, panel, c);
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
