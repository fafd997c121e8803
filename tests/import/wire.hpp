// Writes Protocol Buffers messages byte by byte, valid and invalid ones, without a schema.
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alexnet::test {

class Wire {
 public:
  Wire& number(unsigned field, std::uint64_t value) {
    varint(std::uint64_t{field} << 3U);
    return varint(value);
  }
  Wire& real(unsigned field, float value) {
    varint(std::uint64_t{field} << 3U | 5U);
    return little_endian(std::bit_cast<std::uint32_t>(value), 4);
  }
  Wire& text(unsigned field, std::string_view bytes) {
    length(field, bytes.size());
    bytes_ += bytes;
    return *this;
  }
  Wire& message(unsigned field, const Wire& inner) { return text(field, inner.bytes_); }
  Wire& floats(unsigned field, const std::vector<float>& values) {  // packed
    length(field, 4 * values.size());
    for (const float value : values) little_endian(std::bit_cast<std::uint32_t>(value), 4);
    return *this;
  }
  Wire& doubles(unsigned field, const std::vector<float>& values) {
    length(field, 8 * values.size());
    for (const float value : values)
      little_endian(std::bit_cast<std::uint64_t>(static_cast<double>(value)), 8);
    return *this;
  }
  // Writes the head of a field of `bytes` bytes, which need not follow.
  Wire& length(unsigned field, std::uint64_t bytes) {
    varint(std::uint64_t{field} << 3U | 2U);
    return varint(bytes);
  }
  Wire& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>(value | 0x80U);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Wire& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  Wire& little_endian(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    return *this;
  }

  std::string bytes_;
};

}  // namespace alexnet::test
