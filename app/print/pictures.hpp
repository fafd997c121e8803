// Numbers as colours.
#pragma once

#include <array>
#include <span>

#include "image/image.hpp"
#include "layers/patch.hpp"

namespace alexnet::app {

using Colour = std::array<double, 3>;  // red, green, blue from 0 to 1
inline constexpr Colour kPadColour{1.0, 0.9, 0.5};

// A picture of neutral grey, and its pixel i.
image::Image blank(Size2 size);
void set(image::Image& image, std::size_t i, Colour rgb);

// From black for the least to white for the greatest.
image::Image plane_picture(std::span<const float> values, Size2 size);
// A kernel of three channels (C x H x W), each a colour: middle grey is 0, and its greatest magnitude the brightest or the
// darkest. bgr: its channels are B, G, R.
image::Image kernel_in_colours(std::span<const double> kernel, Size2 size, bool bgr);
// One channel of a kernel: from black for -most by middle grey for 0 to white for `most`.
image::Image kernel_in_grey(std::span<const double> channel, double most, Size2 size);
// White for 0, red up to `most`, blue down to -most.
image::Image signed_picture(std::span<const double> values, double most, Size2 size);
// From black for `low` to white for `high`; the pad's zeros in kPadColour.
image::Image patch_picture(std::span<const Tap> taps, float low, float high, Size2 size);

// How a row of k numbers is folded into lines, so that each is a cell that can be seen.
Size2 folded(std::size_t k);

// The greatest magnitude.
double greatest(std::span<const double> values);

}  // namespace alexnet::app
