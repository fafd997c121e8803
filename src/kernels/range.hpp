// Which outputs of a sliding window read inside the input: im2col's and pooling's common arithmetic.
#pragma once

#include <algorithm>

namespace alexnet::kernels {

struct Range {
  int begin, end;
};

// The o in [begin, end) for which o * stride + shift lies in [0, in).
inline Range inside(int in, int stride, int shift, int begin, int end) {
  const auto first_at_least = [&](int i) { return i <= shift ? 0 : (i - shift + stride - 1) / stride; };
  const int first = std::clamp(first_at_least(0), begin, end);
  return {first, std::clamp(first_at_least(in), first, end)};
}

}  // namespace alexnet::kernels
