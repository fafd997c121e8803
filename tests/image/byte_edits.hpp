// Edits a file's bytes to make malformed files.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "image_files.hpp"

namespace alexnet::image {

inline FileBytes joined(FileBytes a, const FileBytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline FileBytes cut(FileBytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

inline FileBytes patched(FileBytes bytes, std::size_t at, const FileBytes& with) {
  std::copy(with.begin(), with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

inline std::size_t position(const FileBytes& bytes, const std::string& text) {
  const auto at = std::search(bytes.begin(), bytes.end(), text.begin(), text.end(),
                              [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  if (at == bytes.end()) throw std::runtime_error("there is no '" + text + "' in it");
  return static_cast<std::size_t>(at - bytes.begin());
}

inline FileBytes big_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline FileBytes little_endian(std::uint32_t value) {
  FileBytes bytes = big_endian(value);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

// Returns the CRC-32 of ISO 3309, which PNG uses.
inline FileBytes crc_of(const FileBytes& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return big_endian(~crc);
}

inline FileBytes chunk(const std::string& kind, const FileBytes& data) {
  const FileBytes body = joined(from_text(kind), data);
  return joined(joined(big_endian(static_cast<std::uint32_t>(data.size())), body), crc_of(body));
}

}  // namespace alexnet::image
