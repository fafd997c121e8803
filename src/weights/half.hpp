// 16-bit floating point numbers to float32. Every one of them is a float32, so the results are exact.
#pragma once

#include <cstddef>

namespace alexnet {

// out (count) = in (count x 2 bytes, little-endian, aligned or not). NaNs keep their sign and payload.
void half_to_float(const std::byte* in, std::size_t count, float* out);      // IEEE binary16
void bfloat16_to_float(const std::byte* in, std::size_t count, float* out);  // the upper half of a float32

}  // namespace alexnet
