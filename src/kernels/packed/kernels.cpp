// Compiles the -inl.hpp files of this folder once for each target, and lists the targets that this CPU
// supports.
#include "kernels/packed/kernels.hpp"

#include <cstdint>
#include <cstring>

// The kernels use arrays of vectors, so the vector length must be known at compile time. SSSE3 gains nothing
// over SSE4 here.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// Otherwise SSE4 would require instructions that x86-64-v2 does not have.
#define HWY_DISABLE_PCLMUL_AES
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/packed/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/packed/common-inl.hpp"
#include "kernels/packed/fully_connected-inl.hpp"
#include "kernels/packed/gemm-inl.hpp"
#include "kernels/packed/peak-inl.hpp"
#include "kernels/packed/pixels-inl.hpp"
#include "kernels/packed/winograd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

// Calls body with the Winograd sizes as template arguments.
template <class Body>
void with_sizes(const Winograd& w, const Body& body) {
  if (w.kernel == 3 && w.tile == 2) body.template operator()<2, 3>();
  if (w.kernel == 3 && w.tile == 4) body.template operator()<4, 3>();
  if (w.kernel == 5 && w.tile == 2) body.template operator()<2, 5>();
  if (w.kernel == 5 && w.tile == 4) body.template operator()<4, 5>();
}

Kernels kernels() {
  Kernels k{};
  k.level = HWY_TARGET == HWY_AVX3   ? "AVX-512"
            : HWY_TARGET == HWY_AVX2 ? "AVX2"
            : HWY_TARGET == HWY_SSE4 ? "SSE4"
            : HWY_TARGET == HWY_NEON ? "NEON"
                                     : "scalar";
  k.vectors = HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128;
  k.lanes = kLanes;
  k.max_rows = ALEXNET_MAX_ROWS;
  k.gemm_columns = kColumns;
  k.gemm = gemm;
  k.winograd_weights = [](const Winograd& w, const float* weights, int output, int channels, int panel,
                          float* b, std::size_t position_stride) {
    with_sizes(w, [&]<int kTile, int kKernel>() {
      winograd_weights<kTile, kKernel>(weights, output, channels, panel, b, position_stride);
    });
  };
  k.winograd_input = [](const Winograd& w, const WinogradInput& p, int first_tile, int first, int last,
                        float* out) {
    with_sizes(w, [&]<int kTile, int kKernel>() {
      winograd_input<kTile, kKernel>(p, first_tile, first, last, out);
    });
  };
  k.winograd_output = [](const Winograd& w, const WinogradOutput& p, int first_tile, int first, int last) {
    with_sizes(
        w, [&]<int kTile, int kKernel>() { winograd_output<kTile, kKernel>(p, first_tile, first, last); });
  };
  k.fully_connected = fully_connected;
  k.max_pool = max_pool;
  k.average_pool = average_pool;
  k.lrn = lrn;
  k.clamp = clamp;
  k.scale_shift = scale_shift;
  k.softmax = softmax;
  k.interleave = interleave;
  k.multiply_add = multiply_add;
  k.sum = sum;
  return k;
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace alexnet::kernels::packed {

// Does not use Highway's run-time dispatch: its library takes 5 ms to start.
const std::vector<Kernels>& levels() {
  static const std::vector<Kernels> kLevels = [] {
    std::vector<Kernels> found;
#if HWY_ARCH_X86
    __builtin_cpu_init();
#if (HWY_TARGETS & HWY_AVX3) && HWY_STATIC_TARGET != HWY_AVX3
    if (__builtin_cpu_supports("x86-64-v4") != 0) found.push_back(N_AVX3::kernels());
#endif
#if (HWY_TARGETS & HWY_AVX2) && HWY_STATIC_TARGET != HWY_AVX2
    if (__builtin_cpu_supports("x86-64-v3") != 0) found.push_back(N_AVX2::kernels());
#endif
#if (HWY_TARGETS & HWY_SSE4) && HWY_STATIC_TARGET != HWY_SSE4
    if (__builtin_cpu_supports("x86-64-v2") != 0) found.push_back(N_SSE4::kernels());
#endif
#endif
    found.push_back(HWY_STATIC_DISPATCH(kernels)());
    return found;
  }();
  return kLevels;
}

}  // namespace alexnet::kernels::packed
#endif
