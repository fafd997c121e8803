#include "weights/half.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

// The definition of binary16, without a thought for speed.
std::uint32_t plain_half_to_float_bits(std::uint32_t half) {
  const std::uint32_t sign = (half >> 15) << 31;
  const auto exponent = static_cast<int>(half >> 10 & 31);
  const std::uint32_t fraction = half & 1023;
  if (exponent == 31) return sign | 0x7F800000U | fraction << 13;
  const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return sign | std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

// Every 16-bit pattern in order, from an odd address on.
std::vector<std::byte> all_patterns() {
  std::vector<std::byte> bytes(1 + 2 * 65536);
  for (std::uint32_t i = 0; i < 65536; ++i) {
    bytes[1 + 2 * i] = static_cast<std::byte>(i & 255);
    bytes[2 + 2 * i] = static_cast<std::byte>(i >> 8);
  }
  return bytes;
}

}  // namespace

TEST_CASE("all 65,536 halves convert exactly, NaNs with their payload") {
  const auto bytes = all_patterns();
  std::vector<float> floats(65536);
  alexnet::half_to_float(bytes.data() + 1, floats.size(), floats.data());
  int wrong = 0;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    wrong += std::bit_cast<std::uint32_t>(floats[i]) != plain_half_to_float_bits(i) ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(floats[0x3C00] == 1.0F);
  CHECK(floats[0x7BFF] == 65504.0F);
  CHECK(floats[0x0001] == 0x1p-24F);
  CHECK(floats[0xFC00] == -std::numeric_limits<float>::infinity());
}

TEST_CASE("all 65,536 bfloat16 numbers are the upper halves of float32 numbers") {
  const auto bytes = all_patterns();
  std::vector<float> floats(65536);
  alexnet::bfloat16_to_float(bytes.data() + 1, floats.size(), floats.data());
  int wrong = 0;
  for (std::uint32_t i = 0; i < 65536; ++i)
    wrong += std::bit_cast<std::uint32_t>(floats[i]) != i << 16 ? 1 : 0;
  CHECK(wrong == 0);
  CHECK(floats[0x3F80] == 1.0F);
}

TEST_CASE("a conversion writes as many floats as it was asked for") {
  const auto bytes = all_patterns();
  for (const std::size_t count : {0U, 1U, 7U, 1023U, 1024U, 1025U, 3000U}) {
    CAPTURE(count);
    std::vector<float> floats(count + 1, -7.0F);
    alexnet::half_to_float(bytes.data() + 1, count, floats.data());
    CHECK(floats[count] == -7.0F);
    if (count > 0) {
      CHECK(std::bit_cast<std::uint32_t>(floats[count - 1]) ==
            plain_half_to_float_bits(static_cast<std::uint32_t>(count - 1)));
    }
  }
}
