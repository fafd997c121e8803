// ASCII text, independent of the locale.
#pragma once

#include <string>
#include <string_view>

namespace alexnet {

// Returns A to Z as a to z, and all other bytes unchanged.
inline char to_lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower_ascii(c);
  return lower;
}

}  // namespace alexnet
