// The inputs from which one element of a layer's output is computed. For a convolution, they are a column of
// the patch matrix: its dot product with the kernel, written as a row, is the output before the bias.
#pragma once

#include <span>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet {

// A position in a plane, from 0.
struct Place {
  int y = 0;
  int x = 0;
  bool operator==(const Place&) const = default;
};

// One input element that contributes to an output element.
struct Tap {
  int channel = 0;  // counted over the whole input, even if there are groups
  Place in_window;  // position in the kernel or window
  Place in_input;
  bool pad = false;  // true if the position is in the padding; `value` is then 0
  float value = 0.0F;
};

// Returns all taps of one output channel at one position, in the order of the weights: by channel, then row
// by row. `input` is C x H x W. The channel and the position must be inside layer.out.
//   conv: the window, including padding: gemm_size().k taps
//   fc: the whole input
//   pools: the window, excluding padding
//   lrn: the neighbouring channels at the position
//   softmax: all channels at the position
//   other layers: one tap
std::vector<Tap> taps_of(const Layer& layer, std::span<const float> input, int channel, Place at);

// Returns the kernel of one output channel of a conv or fc layer, as a row of `weights` [output, ...].
std::span<const float> kernel_row(const Layer& layer, std::span<const float> weights, int channel);

// The dot product of a column of taps and a kernel row, in double: one sum per input channel, in the order of
// the column, and the total.
struct DotProduct {
  std::vector<double> channels;
  double sum = 0.0;
};
DotProduct dot(std::span<const Tap> column, std::span<const float> row);

}  // namespace alexnet
