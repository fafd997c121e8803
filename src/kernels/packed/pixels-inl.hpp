// Pooling, normalisation and other kernels for pixels whose channels are contiguous.
#if defined(ALEXNET_KERNELS_PACKED_PIXELS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef ALEXNET_KERNELS_PACKED_PIXELS_INL_HPP
#undef ALEXNET_KERNELS_PACKED_PIXELS_INL_HPP
#else
#define ALEXNET_KERNELS_PACKED_PIXELS_INL_HPP
#endif

#include <hwy/contrib/math/math-inl.h>

#include "kernels/lrn.hpp"
#include "kernels/packed/common-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace alexnet::kernels::packed {
namespace HWY_NAMESPACE {

// The part of a window that lies inside the input.
struct Window {
  int y0, y1, x0, x1;
};

HWY_INLINE Window window_at(const Pool& p, int y, int x) {
  const int top = y * p.stride.h - p.pad.top;
  const int left = x * p.stride.w - p.pad.left;
  return {HWY_MAX(top, 0), HWY_MIN(top + p.kernel.h, p.in_h), HWY_MAX(left, 0),
          HWY_MIN(left + p.kernel.w, p.in_w)};
}

// Reduces every window of the rows: sum = start, then sum = step(sum, pixel) for each pixel, then stores
// finish(sum, y, x, window).
template <class Step, class Finish>
HWY_INLINE void pool(const Pool& p, const float* in, float* out, int first_row, int last_row, float start,
                     const Step& step, const Finish& finish) {
  const D d;
  for (int row = first_row; row < last_row; ++row) {
    const float* image = in + static_cast<std::ptrdiff_t>(row / p.out_h) * p.in_h * p.in_w * p.channels;
    for (int x = 0; x < p.out_w; ++x) {
      const Window w = window_at(p, row % p.out_h, x);
      float* to = out + (static_cast<std::ptrdiff_t>(row) * p.out_w + x) * p.channels;
      for (int c = 0; c < p.channels; c += kLanes) {
        const int count = HWY_MIN(kLanes, p.channels - c);
        V sum = hn::Set(d, start);
        for (int iy = w.y0; iy < w.y1; ++iy)
          for (int ix = w.x0; ix < w.x1; ++ix)
            sum = step(
                sum,
                load_part(image + (static_cast<std::ptrdiff_t>(iy) * p.in_w + ix) * p.channels + c, count));
        store_part(finish(sum, row % p.out_h, x, w), count, to + c);
      }
    }
  }
}

// If a window contains NaN, the result is NaN, as in kernels::max_pool.
void max_pool(const Pool& p, const float* in, float* out, int first_row, int last_row) {
  const auto larger = [](V best, V x)
                          HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Gt(x, best), hn::IsNaN(x)), x, best); };
  pool(p, in, out, first_row, last_row, -std::numeric_limits<float>::infinity(), larger,
       [](V best, int, int, const Window&) HWY_ATTR { return best; });
}

void average_pool(const Pool& p, const float* in, float* out, int first_row, int last_row) {
  const auto divided = [&p](V sum, int y, int x, const Window& w) HWY_ATTR {
    int rows = w.y1 - w.y0;
    int columns = w.x1 - w.x0;
    if (p.count_include_pad) {
      const int top = y * p.stride.h - p.pad.top;
      const int left = x * p.stride.w - p.pad.left;
      rows = HWY_MIN(top + p.kernel.h, p.in_h + p.pad.bottom) - top;
      columns = HWY_MIN(left + p.kernel.w, p.in_w + p.pad.right) - left;
    }
    return hn::Div(sum, hn::Set(D(), static_cast<float>(rows) * static_cast<float>(columns)));
  };
  pool(
      p, in, out, first_row, last_row, 0.0F, [](V sum, V x) HWY_ATTR { return hn::Add(sum, x); }, divided);
}

// x^-beta for x > 0.
struct MinusThreeQuarters {
  HWY_INLINE V operator()(V x) const {
    const V root = hn::Sqrt(x);
    return hn::Div(hn::Set(D(), 1.0F), hn::Mul(root, hn::Sqrt(root)));
  }
};
struct MinusPower {
  float beta;
  HWY_INLINE V operator()(V x) const {
    const D d;
    const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
    const V power = hn::Exp(d, hn::Mul(hn::Set(d, -beta), hn::Log(d, x)));
    // Log does not support infinity and NaN. 1 / x maps them to 0 and NaN.
    return hn::IfThenElse(hn::Lt(x, infinity), power, hn::Div(hn::Set(d, 1.0F), x));
  }
};

template <class Power>
void lrn_with(const Lrn& p, const Power& power, int channels, std::size_t pixels, const float* in,
              float* out) {
  constexpr int kBlock = 512;
  // Number of squares before and after the block.
  constexpr int kMargin = 64;
  const D d;
  const V scale = hn::Set(d, p.alpha / static_cast<float>(p.size));
  const V k = hn::Set(d, p.k);
  const int before = HWY_MIN((p.size - 1) / 2, channels - 1);
  const int after = HWY_MIN(p.size / 2, channels - 1);
  if (HWY_MAX(before, after) > kMargin) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, in += channels, out += channels)
      for (int c = 0; c < channels; ++c) {
        float sum = 0.0F;
        for (int i = HWY_MAX(0, c - before); i <= HWY_MIN(channels - 1, c + after); ++i) sum += in[i] * in[i];
        out[c] = in[c] * hn::GetLane(power(hn::MulAdd(scale, hn::Set(d, sum), k)));
      }
    return;
  }
  HWY_ALIGN float squares[kMargin + kBlock + kMargin + kLanes];
  for (std::size_t pixel = 0; pixel < pixels; ++pixel, in += channels, out += channels) {
    for (int begin = 0; begin < channels; begin += kBlock) {
      const int end = HWY_MIN(channels, begin + kBlock);
      // squares[kMargin + i] is in[begin + i]^2, or 0 outside the channels.
      for (int i = -before; i < 0; ++i)
        squares[kMargin + i] = begin + i < 0 ? 0.0F : in[begin + i] * in[begin + i];
      for (int c = begin; c < end; c += kLanes) {
        const V x = load_part(in + c, HWY_MIN(kLanes, end - c));
        hn::StoreU(hn::Mul(x, x), d, squares + kMargin + c - begin);
      }
      for (int i = end; i < end + after + kLanes; ++i)
        squares[kMargin + i - begin] = i < HWY_MIN(channels, end + after) ? in[i] * in[i] : 0.0F;
      for (int c = begin; c < end; c += kLanes) {
        const int count = HWY_MIN(kLanes, end - c);
        const float* at = squares + kMargin + c - begin;
        V sum = hn::LoadU(d, at - before);
        for (int i = 1 - before; i <= after; ++i) sum = hn::Add(sum, hn::LoadU(d, at + i));
        store_part(hn::Mul(load_part(in + c, count), power(hn::MulAdd(scale, sum, k))), count, out + c);
      }
    }
  }
}

void lrn(const Lrn& p, int channels, std::size_t pixels, const float* in, float* out) {
  if (p.beta == kRootBeta) {
    lrn_with(p, MinusThreeQuarters(), channels, pixels, in, out);
  } else {
    lrn_with(p, MinusPower{p.beta}, channels, pixels, in, out);
  }
}

void clamp(Clamp limits, float* x, std::size_t n) {
  each_vector(x, n, [&](V v, std::size_t) HWY_ATTR { return clamped(v, limits); });
}

void scale_shift(const float* scale, const float* shift, int channels, std::size_t pixels, float* x) {
  for (std::size_t pixel = 0; pixel < pixels; ++pixel, x += channels)
    each_vector(x, static_cast<std::size_t>(channels), [&](V v, std::size_t i) HWY_ATTR {
      const int count = HWY_MIN(kLanes, channels - static_cast<int>(i));
      return hn::MulAdd(v, load_part(scale + i, count), load_part(shift + i, count));
    });
}

void softmax(int channels, std::size_t pixels, float* x) {
  const D d;
  const auto n = static_cast<std::size_t>(channels);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel, x += channels) {
    float largest = x[0];
    for (std::size_t i = 1; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
    const V maximum = hn::Set(d, largest);
    each_vector(x, n, [&](V v, std::size_t) HWY_ATTR {
      const V below = hn::Sub(v, maximum);
      return hn::IfThenElse(hn::IsNaN(below), below, hn::Exp(d, below));
    });
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
    const V factor = hn::Set(d, static_cast<float>(1.0 / sum));
    each_vector(x, n, [&](V v, std::size_t) HWY_ATTR { return hn::Mul(v, factor); });
  }
}

void interleave(const float* in, std::size_t plane, int channels, std::size_t n, float* out) {
  const D d;
  std::size_t i = 0;
  if (channels == 3)
    for (; i + kLanes <= n; i += kLanes)
      hn::StoreInterleaved3(hn::LoadU(d, in + i), hn::LoadU(d, in + plane + i),
                            hn::LoadU(d, in + 2 * plane + i), d, out + 3 * i);
  for (; i < n; ++i)
    for (int c = 0; c < channels; ++c)
      out[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)] =
          in[static_cast<std::size_t>(c) * plane + i];
}

}  // namespace HWY_NAMESPACE
}  // namespace alexnet::kernels::packed
HWY_AFTER_NAMESPACE();

#endif
