// Pooling over the windows of one plane.
#pragma once

#include <cstddef>

#include "core/shape.hpp"

namespace alexnet::kernels {

struct Windows {
  int in_h, in_w;
  Size2 kernel, stride;
  Pad pad;
  int out_h, out_w;
};

// out[oy][ox] = maximum of in over the window at (oy * stride.h - pad.top, ox * stride.w - pad.left), clipped
// to the input. If the window contains NaN, the result is NaN, as in PyTorch.
void max_pool(const Windows& w, const float* in, float* out);

// Divides the sum over the clipped window by its number of elements. With count_include_pad, this number
// includes padding.
void average_pool(const Windows& w, bool count_include_pad, const float* in, float* out);

// Returns the mean of n values. Sums in double.
float mean(const float* in, std::size_t n);

}  // namespace alexnet::kernels
