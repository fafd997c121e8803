// ASCII text, independent of the locale.
#pragma once

#include <string>
#include <string_view>

namespace alexnet {

// Returns the text with A to Z changed to a to z. All other bytes stay unchanged.
inline std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace alexnet
