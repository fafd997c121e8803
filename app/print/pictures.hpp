// Pictures of numbers.
#pragma once

#include <array>
#include <span>

#include "alexnet/analysis.hpp"
#include "alexnet/image.hpp"

namespace alexnet::app {

using Colour = std::array<double, 3>;  // red, green, blue from 0 to 1
// Colour of the padding around an input.
inline constexpr Colour kPadColour{0.85, 0.70, 0.29};

// Returns a picture of neutral grey.
image::Image blank(Size2 size);
// Sets pixel i, counted row by row.
void set(image::Image& image, std::size_t i, Colour rgb);

// Returns the plane of one channel, a part of `values`: C x H x W.
std::span<const float> plane_of(std::span<const float> values, const Shape& shape, int channel);

// Draws a plane in grey, from black (minimum) to white (maximum).
image::Image plane_picture(std::span<const float> values, Size2 size);
// Draws a kernel of three channels (3 x H x W) in colour. 0 is middle grey; the kernel's largest magnitude m
// is full brightness, -m is black. bgr: the channels are B, G, R instead of R, G, B.
image::Image kernel_in_colours(std::span<const double> kernel, Size2 size, bool bgr);
// Draws one channel of a kernel in grey: -max is black, 0 is middle grey, `max` is white.
image::Image kernel_in_grey(std::span<const double> channel, double max, Size2 size);
// Draws a plane in colour: 0 is white, `max` is red, -max is blue; values beyond are clamped.
image::Image signed_picture(std::span<const double> values, double max, Size2 size);
// Draws a patch in grey, from black (`low`) to white (`high`), and its padding in kPadColour.
image::Image patch_picture(std::span<const Tap> taps, float low, float high, Size2 size);

// Returns the height and width to fold a row of k numbers into, with at most 192 numbers per line. Prefers a
// width from 64 to 192 that divides k.
Size2 folded(std::size_t k);

// Returns the largest magnitude of the values, ignoring NaN; 0 if there are none.
double max_magnitude(std::span<const double> values);

}  // namespace alexnet::app
