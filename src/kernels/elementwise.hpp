// Kernels that work on each element or each pixel independently.
#pragma once

#include <cstddef>

namespace alexnet::kernels {

// x = max(x, 0), in place. NaN stays NaN.
void relu(float* x, std::size_t n);

// Clamps x to [min, max], in place: x = x < min ? min : x > max ? max : x. NaN stays NaN.
void clip(float min, float max, float* x, std::size_t n);

// x += bias, in place.
void add(float bias, float* x, std::size_t n);

// x = x * scale + shift, in place.
void scale_shift(float scale, float shift, float* x, std::size_t n);

// Softmax across channels at each of `plane` pixels, in place: x[c] = exp(x[c] - max) / sum of exp(x - max).
// Sums in double.
void softmax(int channels, std::size_t plane, float* x);

}  // namespace alexnet::kernels
