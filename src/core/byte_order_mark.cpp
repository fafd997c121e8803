#include "core/byte_order_mark.hpp"

#include <algorithm>

#include "alexnet/error.hpp"

namespace alexnet {
namespace {

// Returns true if every other byte of the first 64 is NUL: UTF-16 without a byte-order mark, of Latin text.
bool looks_like_utf16(std::string_view text) {
  constexpr std::size_t kShortest = 8, kLongest = 64;
  if (text.size() < kShortest) return false;
  bool low_first = true, high_first = true;
  for (std::size_t i = 0; i + 1 < std::min(text.size(), kLongest); i += 2) {
    low_first = low_first && text[i] != '\0' && text[i + 1] == '\0';
    high_first = high_first && text[i] == '\0' && text[i + 1] != '\0';
  }
  return low_first || high_first;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text, const std::string& file) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || looks_like_utf16(text))
    throw ModelError(file, "", "is UTF-16; save it as UTF-8");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace alexnet
