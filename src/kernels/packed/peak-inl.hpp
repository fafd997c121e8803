// Measures the peak speed of the machine. See kernels/peak.hpp.
#if defined(ALEXNET_KERNELS_PACKED_PEAK_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_PEAK_INL_HPP
#undef ALEXNET_KERNELS_PACKED_PEAK_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_PEAK_INL_HPP
#endif

#include "kernels/packed/common-inl.hpp"
#include "kernels/peak.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

float multiply_add(std::size_t steps) {
  const D d;
  const auto half = hn::Set(d, 0.5F);
  // Each chain starts with a different value. Otherwise the compiler would merge them.
  auto s0 = hn::Set(d, 0.0F), s1 = hn::Set(d, 1.0F), s2 = hn::Set(d, 2.0F), s3 = hn::Set(d, 3.0F);
  auto s4 = hn::Set(d, 4.0F), s5 = hn::Set(d, 5.0F), s6 = hn::Set(d, 6.0F), s7 = hn::Set(d, 7.0F);
  auto s8 = hn::Set(d, 8.0F), s9 = hn::Set(d, 9.0F), s10 = hn::Set(d, 10.0F), s11 = hn::Set(d, 11.0F);
  for (std::size_t i = 0; i < steps; ++i) {
    s0 = hn::MulAdd(s0, half, half);
    s1 = hn::MulAdd(s1, half, half);
    s2 = hn::MulAdd(s2, half, half);
    s3 = hn::MulAdd(s3, half, half);
    s4 = hn::MulAdd(s4, half, half);
    s5 = hn::MulAdd(s5, half, half);
    s6 = hn::MulAdd(s6, half, half);
    s7 = hn::MulAdd(s7, half, half);
    s8 = hn::MulAdd(s8, half, half);
    s9 = hn::MulAdd(s9, half, half);
    s10 = hn::MulAdd(s10, half, half);
    s11 = hn::MulAdd(s11, half, half);
  }
  const auto all = hn::Add(hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(s4, s5)),
                           hn::Add(hn::Add(hn::Add(s6, s7), hn::Add(s8, s9)), hn::Add(s10, s11)));
  return hn::GetLane(hn::SumOfLanes(d, all)) / static_cast<float>(kChains * hn::Lanes(d));
}

float sum(const float* values, std::size_t count) {
  const D d;
  const std::size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 4 * n <= count; i += 4 * n) {
    s0 = hn::Add(s0, hn::LoadU(d, values + i));
    s1 = hn::Add(s1, hn::LoadU(d, values + i + n));
    s2 = hn::Add(s2, hn::LoadU(d, values + i + 2 * n));
    s3 = hn::Add(s3, hn::LoadU(d, values + i + 3 * n));
  }
  float total = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < count; ++i) total += values[i];
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
