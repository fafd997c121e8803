// Computes the outputs of a sliding window that read inside the input. Used by im2col and pooling.
#pragma once

#include <algorithm>

namespace alexnet::kernels {

struct Range {
  int begin, end;
};

// Returns the range of o in [begin, end) for which o * stride + shift is in [0, in).
inline Range inside(int in, int stride, int shift, int begin, int end) {
  const auto first_at_least = [&](int i) { return i <= shift ? 0 : (i - shift + stride - 1) / stride; };
  const int first = std::clamp(first_at_least(0), begin, end);
  return {first, std::clamp(first_at_least(in), first, end)};
}

}  // namespace alexnet::kernels
