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

// out[oy][ox] = max of in over the window at (oy * stride.h - pad.top, ox * stride.w - pad.left), clipped to the
// input. NaN wins, as in PyTorch.
void max_pool(const Windows& w, const float* in, float* out);

// The sum over the clipped window, divided by the number of elements of the window clipped to the padded
// input (count_include_pad) or to the input.
void average_pool(const Windows& w, bool count_include_pad, const float* in, float* out);

// The mean of n values.
float mean(const float* in, std::size_t n);

}  // namespace alexnet::kernels
