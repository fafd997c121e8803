// UTF-8: decoding, checking and repair.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alexnet {

// A character and the length of its encoding in bytes.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};

// Returns the first character of the text, or none if the text is empty or does not begin with valid
// UTF-8. Overlong encodings, surrogates and values above U+10FFFF are not valid.
std::optional<CodePoint> first_code_point(std::string_view text);

// Returns true for the bytes of a character after its first one.
constexpr bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Returns true if the whole text is valid UTF-8.
bool is_utf8(std::string_view text);

// Returns the text with U+FFFD instead of bytes that are not valid UTF-8: one for each truncated character,
// and one for each other byte.
std::string utf8(std::string_view text);

}  // namespace alexnet
