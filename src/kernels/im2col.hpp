// im2col: copies the patches of an image into the columns of a matrix, so that a convolution becomes one
// matrix multiplication.
#pragma once

#include "core/shape.hpp"

namespace alexnet::kernels {

// The geometry of a convolution. `channels` counts the input channels of one group.
struct Patches {
  int channels;
  int in_h, in_w;
  Size2 kernel, stride;
  Pad pad;
  Size2 dilation;
  int out_h, out_w;

  // k: number of rows of the patch matrix, one for each element of a kernel. n: number of its columns, one
  // for each output pixel.
  int k() const { return channels * kernel.h * kernel.w; }
  int n() const { return out_h * out_w; }

  // Returns the same geometry with another number of channels.
  Patches of_channels(int count) const {
    Patches p = *this;
    p.channels = count;
    return p;
  }
};

// Writes the k x n patch matrix, row-major:
//   matrix[(c * kernel.h + y) * kernel.w + x][oy * out_w + ox] =
//       in[c][oy * stride.h - pad.top + y * dilation.h][ox * stride.w - pad.left + x * dilation.w]
// or 0 if that index is outside the input.
void im2col(const Patches& p, const float* in, float* matrix);

}  // namespace alexnet::kernels
