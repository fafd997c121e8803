#include "kernels/im2col.hpp"

#include <algorithm>
#include <cstddef>

#include "kernels/range.hpp"

namespace alexnet::kernels {
namespace {

// Fills one row: out[ox] = row[ox * stride + shift], or 0 if that index is outside the row or `row` is null.
void fill(const float* row, int in_w, int stride, int shift, int out_w, float* out) {
  if (row == nullptr) {
    std::fill(out, out + out_w, 0.0F);
    return;
  }
  const Range r = inside(in_w, stride, shift, 0, out_w);
  std::fill(out, out + r.begin, 0.0F);
  if (stride == 1) {
    std::copy(row + r.begin + shift, row + r.end + shift, out + r.begin);
  } else {
    for (int ox = r.begin; ox < r.end; ++ox) out[ox] = row[ox * stride + shift];
  }
  std::fill(out + r.end, out + out_w, 0.0F);
}

}  // namespace

void im2col(const Patches& p, const float* in, float* matrix) {
  for (int c = 0; c < p.channels; ++c) {
    const float* channel = in + std::ptrdiff_t{c} * p.in_h * p.in_w;
    for (int y = 0; y < p.kernel.h; ++y) {
      for (int x = 0; x < p.kernel.w; ++x) {
        for (int oy = 0; oy < p.out_h; ++oy, matrix += p.out_w) {
          const int iy = oy * p.stride.h - p.pad.top + y * p.dilation.h;
          const bool outside = iy < 0 || iy >= p.in_h;
          fill(outside ? nullptr : channel + std::ptrdiff_t{iy} * p.in_w, p.in_w, p.stride.w,
               x * p.dilation.w - p.pad.left, p.out_w, matrix);
        }
      }
    }
  }
}

}  // namespace alexnet::kernels
