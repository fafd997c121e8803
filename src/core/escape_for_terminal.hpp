// Makes text from a file or a name safe to print.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alexnet {

// `kept` is for a message whose names are escaped already.
enum class Backslash { doubled, kept };

// Returns the text in one line of valid UTF-8 that no terminal obeys. Every hidden character (see is_hidden()) and every
// byte that is not UTF-8 becomes \n, \t or, byte by byte, \xNN; a backslash becomes \\. No two texts give the same result
// unless backslashes are kept.
std::string escape_for_terminal(std::string_view text, Backslash backslash = Backslash::doubled);

// Length of an excerpt in an error message, in bytes.
inline constexpr std::size_t kExcerpt = 100;

// Returns an excerpt of the text: if it has more than `limit` bytes, it is cut between two characters and ends in "...".
// Empty text becomes ''.
std::string escape_for_terminal(std::string_view text, std::size_t limit);

// A character and the number of bytes that it takes in UTF-8.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};
// Returns the first character of the text, or nothing if the text does not begin with valid UTF-8.
std::optional<CodePoint> first_code_point(std::string_view text);

// Returns true for characters that steer a terminal, reorder or break its lines, or cannot be seen: C0 and C1 controls,
// DEL, bidirectional controls, line and paragraph separators, zero-width spaces, byte-order marks, soft hyphens, tags.
// U+200C and U+200D are not among them: words of some languages, and emoji, need them.
bool is_hidden(char32_t character);

}  // namespace alexnet
