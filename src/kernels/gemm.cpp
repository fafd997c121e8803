#include "kernels/gemm.hpp"

#include <Eigen/Core>

namespace alexnet::kernels {

// The builds of gemm_level.cpp; see cmake/cpu_levels.cmake.
void gemm_v1(const Gemm& g);
void gemm_v3(const Gemm& g);
void gemm_v4(const Gemm& g);
void gemm_transposed_v1(const Gemm& g);
void gemm_transposed_v3(const Gemm& g);
void gemm_transposed_v4(const Gemm& g);

const std::vector<GemmLevel>& gemm_levels() {
  static const std::vector<GemmLevel> kLevels = [] {
    std::vector<GemmLevel> levels{{"x86-64", gemm_v1, gemm_transposed_v1}};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v3") != 0)
      levels.push_back({"x86-64-v3 (AVX2)", gemm_v3, gemm_transposed_v3});
    if (__builtin_cpu_supports("x86-64-v4") != 0)
      levels.push_back({"x86-64-v4 (AVX-512)", gemm_v4, gemm_transposed_v4});
    return levels;
  }();
  return kLevels;
}

void gemm(const Gemm& g) { gemm_levels().back().gemm(g); }

void gemm_transposed(const Gemm& g) { gemm_levels().back().gemm_transposed(g); }

std::string eigen_version() {
  return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
         std::to_string(EIGEN_MINOR_VERSION);
}

}  // namespace alexnet::kernels
