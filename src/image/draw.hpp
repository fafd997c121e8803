// What pictures of numbers are drawn with: colours, sizes, words.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "image/image.hpp"

namespace alexnet::image {

// From black by violet and orange to yellow, in even steps to the eye: OpenCV's "inferno". A share is from 0 to 1; what
// lies outside, and NaN, takes the nearer end.
Image heat(std::span<const float> shares, Size2 size);

enum class Interpolation { linear, cubic };
// A plane of numbers at another size, as cv::resize interpolates them.
std::vector<float> resized(std::span<const float> plane, Size2 from, Size2 to, Interpolation how);

// The whole image, its longer side made `most` pixels by the means of areas; one that is no larger stays as it is.
Image reduced(const Image& image, int most);

// Small black letters, of which the first stands on the line at x, y; what lies outside is cut off. Returns where they
// end.
int write(Image& image, const std::string& text, int x, int y);

}  // namespace alexnet::image
