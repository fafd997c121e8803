// Escapes untrusted text, such as file names and labels, for printing.
#pragma once

#include <cstddef>
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

// Returns a name for an error message: escaped, in single quotes, and truncated after kExcerpt bytes.
std::string in_quotes(std::string_view name);

// Returns true for characters that control a terminal, reorder or break lines, or are invisible: C0 and C1
// controls, DEL, bidirectional controls, line and paragraph separators, zero-width spaces, byte-order marks,
// soft hyphens and tags. Returns false for U+200C and U+200D, which some languages and emoji need.
bool is_hidden(char32_t character);

}  // namespace alexnet
