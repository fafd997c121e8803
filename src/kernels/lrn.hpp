// Local response normalisation across channels.
#pragma once

#include <cstddef>

namespace alexnet::kernels {

// out[c][i] = in[c][i] * (k + alpha / size * S)^-beta,
//   S = sum of in[d][i]^2 over d in [c - (size - 1) / 2, c + size / 2]
// for every channel c and every pixel i in [first, first + count). Channels outside the input count as 0. If
// size is even, the window has one more channel above c than below, as in ONNX. in and out are channels x
// plane and must not overlap.
struct LrnParams {
  int size;
  float alpha, beta, k;
};
// The beta for which the kernels of both engines use square roots: x^-0.75 = 1 / (sqrt(x) * sqrt(sqrt(x))).
constexpr float kRootBeta = 0.75F;

void lrn(const LrnParams& p, int channels, std::size_t plane, std::size_t first, std::size_t count,
         const float* in, float* out);

}  // namespace alexnet::kernels
