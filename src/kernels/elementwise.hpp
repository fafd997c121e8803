// Kernels that work on each element, or each pixel, by itself.
#pragma once

#include <cstddef>

namespace alexnet::kernels {

// x = max(x, 0), in place; NaN stays.
void relu(float* x, std::size_t n);

// x = min(max(x, least), greatest), in place; NaN stays.
void clip(float least, float greatest, float* x, std::size_t n);

// x += bias
void add(float bias, float* x, std::size_t n);

// x = x * scale + shift
void scale_shift(float scale, float shift, float* x, std::size_t n);

// Across channels, at each of `plane` pixels: x[c] = exp(x[c] - max) / sum of exp(x - max), in place. The sum
// is taken in double.
void softmax(int channels, std::size_t plane, float* x);

}  // namespace alexnet::kernels
