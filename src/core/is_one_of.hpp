// Membership of a word in a list of words.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace alexnet {

// Returns true if the word is in the list, such as an array of string_view.
template <class Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::ranges::find(words, word) != words.end();
}
inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return is_one_of<std::initializer_list<std::string_view>>(word, words);
}

}  // namespace alexnet
