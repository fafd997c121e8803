#include "core/utf8.hpp"

namespace alexnet {
namespace {

// The beginning of a text: a character, or bytes that no character begins with.
struct Sequence {
  CodePoint character;  // `bytes` is at least 1, also if it is not valid
  bool is_valid = false;
};

// Range of the second byte, which depends on the first (Unicode 15, table 3-7). It excludes overlong
// encodings (E0, F0), surrogates (ED) and values above U+10FFFF (F4).
struct SecondByte {
  unsigned char min, max;
};
SecondByte second_byte_after(unsigned char lead) {
  switch (lead) {
    case 0xE0:
      return {0xA0, 0xBF};
    case 0xED:
      return {0x80, 0x9F};
    case 0xF0:
      return {0x90, 0xBF};
    case 0xF4:
      return {0x80, 0x8F};
    default:
      return {0x80, 0xBF};
  }
}

// If the text begins with a truncated character, the sequence is all of it. `text` is not empty.
Sequence first_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {{lead, 1}, true};
  if (lead < 0xC2 || lead > 0xF4) return {{0, 1}, false};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  char32_t value = lead & (0x7FU >> length);
  SecondByte range = second_byte_after(lead);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < range.min || byte(i) > range.max) return {{0, i}, false};
    value = value << 6 | (byte(i) & 0x3FU);
    range = {0x80, 0xBF};
  }
  return {{value, length}, true};
}

}  // namespace

std::optional<CodePoint> first_code_point(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const Sequence first = first_sequence(text);
  return first.is_valid ? std::optional(first.character) : std::nullopt;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Sequence first = first_sequence(text);
    if (!first.is_valid) return false;
    text.remove_prefix(first.character.bytes);
  }
  return true;
}

std::string utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const Sequence first = first_sequence(text);
    valid += first.is_valid ? text.substr(0, first.character.bytes) : "\xEF\xBF\xBD";
    text.remove_prefix(first.character.bytes);
  }
  return valid;
}

}  // namespace alexnet
