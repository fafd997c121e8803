// Convolutions that read the same tensor and write their channels side by side, as one convolution: smaller
// kernels are surrounded by zeros.
#pragma once

#include <span>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet {

// Returns the convolution that computes all parts at once on the input `in`. Its output has the channels of
// the first part first. It has a bias if any part has one. Throws ParameterError if a part has groups, or
// another stride or output size than the first, or if the result is not a valid convolution. `parts` must not
// be empty.
Conv merge_parallel(std::span<const Conv> parts, const Shape& in);

// Returns true if the layer may follow each part: it computes each number from the same number of its input.
bool is_pointwise(const LayerParams& params);
// Returns true if both are the same pointwise layers in the same order, whatever their names.
bool same_pointwise(std::span<const Layer> a, std::span<const Layer> b);

// Copies the weights of one part, [output, channels, kernel.h, kernel.w], to `to`: to their place in rows of
// the merged convolution's weights, which must be zeros. `to` begins with the part's first output.
void embed_kernels(const Conv& part, const Conv& merged, int channels, std::span<const float> weights,
                   std::span<float> to);

// Returns the number of elements of a convolution's weights on an input of this many channels.
std::size_t kernel_elements(const Conv& conv, int channels);

}  // namespace alexnet
