// The parts of a convolution whose kernels are partly zeros.
#pragma once

#include <vector>

#include "engine/floats.hpp"
#include "layers/layers.hpp"
#include "weights/weights.hpp"

namespace alexnet {

// A range of a convolution's outputs, and the window of their kernels outside which all weights are zero. A
// merged Fire module has two parts: the window of its 1 x 1 kernels is the middle of the 3 x 3 kernels.
struct ConvPart {
  int first = 0, count = 0;  // outputs
  Size2 at{0, 0};            // top left of the window
  Size2 kernel{0, 0};        // size of the window
};

// Returns the parts of a convolution, in the order of its outputs: a single one if no kernel has zeros around
// it, if there are groups, or if a part would have fewer outputs than a vector or less than no padding.
std::vector<ConvPart> parts_of(const Layer& layer, const StoredView& weights);

// Returns the whole convolution as one part.
ConvPart whole(const Conv& conv);

// Returns the part as a convolution on the layer's input. Its padding is what the layer's leaves inside the
// window.
Conv conv_of(const Conv& conv, const ConvPart& part);

// Returns the weights of the part's window, [count][channels][y][x]. `weights` are those of the layer, whose
// kernels have the size `kernel`.
std::vector<float> inside_window(const Floats& weights, const ConvPart& part, Size2 kernel, int channels);

}  // namespace alexnet
