#include "weights/half.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace alexnet {
namespace {

// binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. float32: 1, 8 (bias 127), 23.
inline std::uint32_t half_bits_to_float_bits(std::uint16_t half) {
  // Uses masks made from the sign bits of differences instead of branches, so that the loop vectorises.
  const std::int32_t magnitude = half & 0x7FFF;
  const std::int32_t is_special = (0x7BFF - magnitude) >> 31;    // exponent 31: infinity or NaN
  const std::int32_t is_subnormal = (magnitude - 0x0400) >> 31;  // exponent 0: subnormal or 0
  constexpr std::int32_t kRebias = (127 - 15) << 23;
  const std::int32_t rebiased = (magnitude << 13) + kRebias;
  const std::int32_t normal = rebiased + (is_special & kRebias);  // exponent 31 becomes 255
  // fraction * 2^-24, computed as 2^-14 * 1.fraction - 2^-14. No subnormal float32 occurs, so the result does
  // not depend on flush-to-zero mode and there is no slow path.
  const float subnormal = std::bit_cast<float>(rebiased + (1 << 23)) - 0x1p-14F;
  const std::int32_t bits =
      (normal & ~is_subnormal) | (std::bit_cast<std::int32_t>(subnormal) & is_subnormal);
  return static_cast<std::uint32_t>(bits) | static_cast<std::uint32_t>(half & 0x8000) << 16;
}

// Converts through a small aligned buffer in the cache. With aligned input and a constant count the compiler
// vectorises the loop for any x86-64, wherever in the file the tensor begins.
template <typename ToBits>
void convert(const std::byte* in, std::size_t count, float* out, ToBits to_bits) {
  static_assert(std::endian::native == std::endian::little, "weights files are little-endian");
  constexpr std::size_t kBlock = 1024;
  alignas(64) std::uint16_t halves[kBlock] = {};
  alignas(64) std::uint32_t floats[kBlock];
  for (std::size_t done = 0; done < count; done += kBlock) {
    const std::size_t n = std::min(kBlock, count - done);
    std::memcpy(halves, in + 2 * done, 2 * n);
    for (std::size_t i = 0; i < kBlock; ++i) floats[i] = to_bits(halves[i]);
    std::memcpy(out + done, floats, sizeof(float) * n);
  }
}

std::uint16_t rounded_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  constexpr std::uint32_t kInfinity = 0x7F800000U;
  constexpr std::uint32_t kMinNormal = (127U - 14U) << 23;  // 2^-14
  if (magnitude > kInfinity) return sign | 0x7E00U | static_cast<std::uint16_t>(magnitude >> 13 & 0x1FFU);
  if (magnitude >= 0x477FF000U)
    // 65520 and above: halfway between the maximum, 65504, and the next number.
    return sign | 0x7C00U;
  std::uint32_t half = 0;
  if (magnitude >= kMinNormal) {
    const std::uint32_t rebiased = magnitude - ((127U - 15U) << 23);
    half = (rebiased + 0xFFFU + (rebiased >> 13 & 1U)) >> 13;
  } else {
    // The result is a multiple of 2^-24. Adding 2^-1 makes 2^-24 the last bit of the float, and the addition
    // rounds.
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) -
           std::bit_cast<std::uint32_t>(0.5F);
  }
  return static_cast<std::uint16_t>(sign | half);
}

std::uint16_t rounded_to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

}  // namespace

void half_to_float(const std::byte* in, std::size_t count, float* out) {
  convert(in, count, out, half_bits_to_float_bits);
}

void bfloat16_to_float(const std::byte* in, std::size_t count, float* out) {
  convert(in, count, out, [](std::uint16_t half) { return static_cast<std::uint32_t>(half) << 16; });
}

void float_to_half(const float* in, std::size_t count, std::uint16_t* out) {
  std::transform(in, in + count, out, rounded_to_half);
}

void float_to_bfloat16(const float* in, std::size_t count, std::uint16_t* out) {
  std::transform(in, in + count, out, rounded_to_bfloat16);
}

}  // namespace alexnet
