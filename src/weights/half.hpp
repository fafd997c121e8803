// Converts 16-bit floating-point numbers to float32 (exact) and back (rounded).
#pragma once

#include <cstddef>
#include <cstdint>

namespace alexnet {

// out (count floats) = in (count x 2 bytes, little-endian, aligned or not). NaNs keep their sign and payload.
void half_to_float(const std::byte* in, std::size_t count, float* out);      // IEEE binary16
void bfloat16_to_float(const std::byte* in, std::size_t count, float* out);  // the upper half of a float32

// out (count) = in (count) rounded to nearest, ties to even. A number out of range becomes infinity. NaN
// stays NaN.
void float_to_half(const float* in, std::size_t count, std::uint16_t* out);
void float_to_bfloat16(const float* in, std::size_t count, std::uint16_t* out);

}  // namespace alexnet
