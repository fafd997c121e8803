// Means in NumPy's format (.npy), as Caffe's Python examples use them.
#pragma once

#include <array>
#include <filesystem>

namespace alexnet {

// Returns the mean of each channel of an array. It has one number for each channel, or is channels x height x
// width; dimensions of 1 may stand in front. With one channel, the three numbers are equal. The numbers are
// float32, float64 or uint8 in row-major order. Throws ModelError with the field that is wrong.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1.0 to 3.0.
std::array<double, 3> read_numpy_mean(const std::filesystem::path& file, int channels);

}  // namespace alexnet
