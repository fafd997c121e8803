// Suggestions for mistyped words, and lists of the known ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alexnet {

// Returns the first entry of `known` with the smallest edit distance to `word`, ignoring the case of ASCII
// letters. Returns "" if the distance exceeds max(2, half the length of `word`), or if `word` is longer than
// 64 bytes.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// Returns "; did you mean 'WORD'?" for the end of a message, with the word escaped, or "" if `word` is "".
std::string did_you_mean(std::string_view word);

// Returns "a, b, c".
std::string join(const std::vector<std::string>& words);

}  // namespace alexnet
