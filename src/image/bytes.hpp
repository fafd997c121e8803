// Reads little- and big-endian integers from the bytes of a file, on machines of either byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace alexnet::image {

using Bytes = std::span<const std::uint8_t>;

// Returns 0 past the end. A truncated header then has a size of 0 and is refused, so callers need not check
// the length before each field.
inline std::uint32_t byte_at(Bytes bytes, std::size_t at) { return at < bytes.size() ? bytes[at] : 0; }

inline std::uint32_t little16(Bytes bytes, std::size_t at) {
  return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8;
}
inline std::uint32_t big16(Bytes bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}
inline std::uint32_t little32(Bytes bytes, std::size_t at) {
  return little16(bytes, at) | little16(bytes, at + 2) << 16;
}
inline std::uint32_t big32(Bytes bytes, std::size_t at) {
  return big16(bytes, at) << 16 | big16(bytes, at + 2);
}

inline bool has_text_at(Bytes bytes, std::size_t at, std::string_view text) {
  if (at > bytes.size() || bytes.size() - at < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (bytes[at + i] != static_cast<std::uint8_t>(text[i])) return false;
  }
  return true;
}

// Returns at most `size` bytes from `at` on; fewer, or none, if `bytes` ends before that.
inline Bytes part(Bytes bytes, std::size_t at, std::size_t size = std::dynamic_extent) {
  if (at >= bytes.size()) return {};
  const Bytes rest = bytes.subspan(at);
  return size < rest.size() ? rest.first(size) : rest;
}

}  // namespace alexnet::image
