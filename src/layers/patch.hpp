// What one number of a layer's output is computed from. Of a convolution that is a column of the patch matrix, and its product
// with a kernel, written as a row, is the output.
#pragma once

#include <span>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet {

// A place of a plane, counted from 0.
struct Place {
  int y = 0;
  int x = 0;
  bool operator==(const Place&) const = default;
};

// A number of the input that one of the output is computed from.
struct Tap {
  int channel = 0;  // of the whole input, also where there are groups
  Place in_window;  // in the kernel or the window
  Place in_input;
  bool pad = false;  // outside the input: a zero of the pad
  float value = 0.0F;
};

// All of them for one output channel at one place of the output; `input` is C x H x W. They come in the order of the weights:
// channel by channel, row by row. conv: as many as gemm_size().k, taps of the pad among them; fc, softmax: the whole input,
// as if its kernel covered that; pools: the window without its pad; lrn: the channels around it; others: the one number.
// Requires that the channel and the place are in layer.out.
std::vector<Tap> taps_of(const Layer& layer, std::span<const float> input, int channel, Place at);

// The kernel of one output channel of conv or fc as a row, of weights [output, ...].
std::span<const float> kernel_row(const Layer& layer, std::span<const float> weights, int channel);

// A column times a row, in double: the sum of each input channel's products, in the column's order, and of them all.
struct DotProduct {
  std::vector<double> channels;
  double sum = 0.0;
};
DotProduct dot(std::span<const Tap> column, std::span<const float> row);

}  // namespace alexnet
