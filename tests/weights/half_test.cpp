#include "weights/half.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

// Converts by the definition of binary16, without optimisation.
std::uint32_t plain_half_to_float_bits(std::uint32_t half) {
  const std::uint32_t sign = (half >> 15) << 31;
  const auto exponent = static_cast<int>(half >> 10 & 31);
  const std::uint32_t fraction = half & 1023;
  if (exponent == 31) return sign | 0x7F800000U | fraction << 13;
  const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return sign | std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

// Returns every 16-bit pattern in order, starting at an odd address.
std::vector<std::byte> all_patterns() {
  std::vector<std::byte> bytes(1 + 2 * 65536);
  for (std::uint32_t i = 0; i < 65536; ++i) {
    bytes[1 + 2 * i] = static_cast<std::byte>(i & 255);
    bytes[2 + 2 * i] = static_cast<std::byte>(i >> 8);
  }
  return bytes;
}

// Rounds to the nearer of the two neighbouring 16-bit numbers, half to even.
std::uint16_t plain_rounding(double value, bool brain) {
  const auto number = [brain](std::uint32_t bits) {
    // For rounding to infinity, use the number that would follow the maximum finite one.
    if (!brain && bits == 0x7C00) return 65536.0;
    if (brain && bits == 0x7F80) return std::ldexp(1.0, 128);
    const std::uint32_t wide = brain ? bits << 16 : plain_half_to_float_bits(bits);
    return static_cast<double>(std::bit_cast<float>(wide));
  };
  const double magnitude = std::abs(value);
  std::uint32_t below = 0;
  for (std::uint32_t step = 0x4000; step > 0; step /= 2)
    if (below + step <= (brain ? 0x7F7FU : 0x7BFFU) && number(below + step) <= magnitude) below += step;
  const double down = magnitude - number(below);
  const double up = number(below + 1) - magnitude;
  const bool rounds_up = up < down || (up == down && below % 2 == 1);
  return static_cast<std::uint16_t>((std::signbit(value) ? 0x8000U : 0U) | (below + (rounds_up ? 1 : 0)));
}

// Returns every 16-bit number, the midpoint between it and the next, and the floats next to both.
std::vector<float> hard_to_round(bool brain) {
  std::vector<float> values;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const float value = std::bit_cast<float>(brain ? i << 16 : plain_half_to_float_bits(i));
    if (!std::isfinite(value)) continue;
    const auto next = std::bit_cast<float>(brain ? (i + 1) << 16 : plain_half_to_float_bits(i + 1));
    const float halfway = std::isfinite(next) ? value / 2 + next / 2 : value;
    for (const float v : {value, halfway})
      for (const float neighbour : {v, std::nextafter(v, 0.0F), std::nextafter(v, 2 * v)})
        values.push_back(neighbour);
  }
  for (const float v : {65504.0F, 65519.996F, 65520.0F, 65535.0F, 1e6F, 3.4e38F, -3.4e38F})
    values.push_back(v);
  return values;
}

}  // namespace

TEST_CASE("floats are rounded to the nearest 16-bit number, ties to even") {
  for (const bool brain : {false, true}) {
    CAPTURE(brain);
    const std::vector<float> values = hard_to_round(brain);
    std::vector<std::uint16_t> rounded(values.size());
    (brain ? alexnet::float_to_bfloat16 : alexnet::float_to_half)(values.data(), values.size(),
                                                                  rounded.data());
    int wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      wrong += std::isfinite(values[i]) && rounded[i] != plain_rounding(static_cast<double>(values[i]), brain)
                   ? 1
                   : 0;
    CHECK(values.size() > 300000);
    CHECK(wrong == 0);
  }
}

TEST_CASE("infinities and NaNs are kept in 16 bits") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(),
                          std::bit_cast<float>(0x7F800001U)};
  std::uint16_t half[4];
  std::uint16_t brain[4];
  alexnet::float_to_half(values, 4, half);
  alexnet::float_to_bfloat16(values, 4, brain);
  CHECK(half[0] == 0x7C00);
  CHECK(half[1] == 0xFC00);
  CHECK(brain[0] == 0x7F80);
  CHECK(brain[1] == 0xFF80);
  for (const int nan : {2, 3}) {
    CHECK((half[nan] & 0x7FFF) > 0x7C00);
    CHECK((brain[nan] & 0x7FFF) > 0x7F80);
  }
}

TEST_CASE("all 65,536 float16 numbers convert exactly, and NaNs keep their payload") {
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

TEST_CASE("a conversion writes the requested number of floats") {
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
