// Escapes untrusted text, such as file names and labels, for printing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alexnet {

// How to treat backslashes. Use `kept` for a message whose names are already escaped.
enum class Backslash { doubled, kept };

// Returns the text as one line of valid UTF-8 without terminal control characters. Every hidden character
// (see is_hidden()) and every byte that is not UTF-8 becomes \n, \t or, byte by byte, \xNN. A backslash
// becomes \\ unless `backslash` is `kept`. If backslashes are doubled, different texts give different
// results.
std::string escape_for_terminal(std::string_view text, Backslash backslash = Backslash::doubled);

// Maximum length of quoted text in an error message, in bytes of the original text.
inline constexpr std::size_t kExcerpt = 100;

// Returns the escaped text. Text of more than `limit` bytes is truncated between two characters and ends in
// "...". Empty text becomes ''.
std::string escape_for_terminal(std::string_view text, std::size_t limit);

// A character and the length of its UTF-8 encoding in bytes.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};
// Returns the first character of the text, or nullopt if the text is empty or does not begin with valid
// UTF-8.
std::optional<CodePoint> first_code_point(std::string_view text);

// Returns true for characters that control a terminal, reorder or break lines, or are invisible: C0 and C1
// controls, DEL, bidirectional controls, line and paragraph separators, zero-width spaces, byte-order marks,
// soft hyphens and tags. Returns false for U+200C and U+200D, which some languages and emoji need.
bool is_hidden(char32_t character);

}  // namespace alexnet
