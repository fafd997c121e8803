// Helpers that the kernels of one target share.
#if defined(ALEXNET_KERNELS_PACKED_COMMON_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_COMMON_INL_HPP
#undef ALEXNET_KERNELS_PACKED_COMMON_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_COMMON_INL_HPP
#endif

#include <hwy/highway.h>

#include "kernels/packed/kernels.hpp"
#include "kernels/packed/unroll.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
// Targets whose vector length is unknown at compile time are disabled.
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

// NaN stays NaN, as in kernels::clip. Min and Max treat NaN differently on each target, so they are not used.
HWY_INLINE V clamped(V x, Clamp clamp) {
  const D d;
  const V min = hn::Set(d, clamp.min);
  const V max = hn::Set(d, clamp.max);
  return hn::IfThenElse(hn::Lt(x, min), min, hn::IfThenElse(hn::Gt(x, max), max, x));
}

// Stores the first `count` lanes, or all if count is larger.
HWY_INLINE void store_part(V x, int count, float* to) {
  const D d;
  if (count >= kLanes) {
    hn::StoreU(x, d, to);
    return;
  }
  HWY_ALIGN float lanes[kLanes];
  hn::Store(x, d, lanes);
  for (int i = 0; i < count; ++i) to[i] = lanes[i];
}

// Loads the first `count` lanes, 1 or more, or all if count is larger. Sets the other lanes to 0.
HWY_INLINE V load_part(const float* from, int count) {
  const D d;
  if (count >= kLanes) return hn::LoadU(d, from);
  HWY_ALIGN float lanes[kLanes] = {};
  for (int i = 0; i < count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
}

// Returns the sum of coefficients[i] * x[i]. Coefficients 0 cost nothing; 1 and -1 cost no multiplication.
template <int kCount>
HWY_INLINE V combination(const double (&coefficients)[kCount], const V (&x)[kCount]) {
  const D d;
  V sum = hn::Zero(d);
  bool empty = true;
  ALEXNET_UNROLL(8) for (int i = 0; i < kCount; ++i) {
    const double c = coefficients[i];
    if (c == 0.0) continue;
    if (empty) {
      sum = c == 1.0 ? x[i] : hn::Mul(hn::Set(d, static_cast<float>(c)), x[i]);
    } else if (c == 1.0) {
      sum = hn::Add(sum, x[i]);
    } else if (c == -1.0) {
      sum = hn::Sub(sum, x[i]);
    } else {
      sum = hn::MulAdd(hn::Set(d, static_cast<float>(c)), x[i], sum);
    }
    empty = false;
  }
  return sum;
}

// Replaces the n numbers of x by body(v, i) for each vector v = x[i ...]. The last vector is filled with
// zeros.
template <class Body>
HWY_INLINE void each_vector(float* x, std::size_t n, const Body& body) {
  const D d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(body(hn::LoadU(d, x + i), i), d, x + i);
  if (i < n) store_part(body(load_part(x + i, static_cast<int>(n - i)), i), static_cast<int>(n - i), x + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
