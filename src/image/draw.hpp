// Drawing helpers for pictures of numbers: colours, sizes, text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alexnet/image.hpp"

namespace alexnet::image {

// Colours `shares` (size.h x size.w values, 0 to 1) with OpenCV's "inferno" map: black, violet, orange,
// yellow, in perceptually even steps. Values outside 0 to 1 are clamped; NaN counts as 0.
Image heat(std::span<const float> shares, Size2 size);

enum class Interpolation { linear, cubic };
// Resizes a plane of numbers with cv::resize.
std::vector<float> resized(std::span<const float> plane, Size2 from, Size2 to, Interpolation how);

// Returns the image scaled down so that its longer side has `max` pixels, by averaging areas. An image that
// is no larger is returned unchanged.
Image reduced(const Image& image, int max);

// Draws small black text whose baseline starts at x, y; text outside the image is clipped. Returns the x at
// which the text ends.
int write(Image& image, const std::string& text, int x, int y);
// Returns the width in pixels that write() takes.
int text_width(const std::string& text);

}  // namespace alexnet::image
