#include "kernels/pool.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "kernels/range.hpp"

namespace alexnet::kernels {
namespace {

// Folds the windows of each output row into the row, one kernel element at a time, so that the inner loop
// runs along the row: out[ox] = fold(out[ox], in[iy][ox * stride.w - pad.left + x]).
template <class Fold>
void fold_windows(const Windows& w, const float* in, float initial, float* out, const Fold& fold) {
  for (int oy = 0; oy < w.out_h; ++oy, out += w.out_w) {
    std::fill(out, out + w.out_w, initial);
    const int top = oy * w.stride.h - w.pad.top;
    for (int iy = std::max(top, 0); iy < std::min(top + w.kernel.h, w.in_h); ++iy) {
      const float* row = in + static_cast<std::ptrdiff_t>(iy) * w.in_w;
      for (int x = 0; x < w.kernel.w; ++x) {
        const int shift = x - w.pad.left;
        const Range r = inside(w.in_w, w.stride.w, shift, 0, w.out_w);
        for (int ox = r.begin; ox < r.end; ++ox) out[ox] = fold(out[ox], row[ox * w.stride.w + shift]);
      }
    }
  }
}

// Returns the length of window o along one axis after clipping to the input or, if count_pad is set, to the
// padded input [-before, in + after).
int clipped_length(int o, int stride, int kernel, int in, int before, int after, bool count_pad) {
  const int start = o * stride - before;
  return std::min(start + kernel, in + (count_pad ? after : 0)) - std::max(start, count_pad ? -before : 0);
}

}  // namespace

void max_pool(const Windows& w, const float* in, float* out) {
  fold_windows(w, in, -std::numeric_limits<float>::infinity(), out,
               [](float best, float v) { return v > best || v != v ? v : best; });
}

void average_pool(const Windows& w, bool count_include_pad, const float* in, float* out) {
  fold_windows(w, in, 0.0F, out, [](float sum, float v) { return sum + v; });
  for (int oy = 0; oy < w.out_h; ++oy) {
    const int rows =
        clipped_length(oy, w.stride.h, w.kernel.h, w.in_h, w.pad.top, w.pad.bottom, count_include_pad);
    for (int ox = 0; ox < w.out_w; ++ox) {
      const int columns =
          clipped_length(ox, w.stride.w, w.kernel.w, w.in_w, w.pad.left, w.pad.right, count_include_pad);
      *out++ /= static_cast<float>(rows) * static_cast<float>(columns);
    }
  }
}

float mean(const float* in, std::size_t n) {
  return static_cast<float>(std::accumulate(in, in + n, 0.0) / static_cast<double>(n));
}

}  // namespace alexnet::kernels
