#include "core/escape_for_terminal.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/utf8.hpp"

namespace alexnet {
namespace {

std::string escaped_byte(char c) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
}

std::string escape(std::string_view text, Backslash backslash, std::size_t limit) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::optional<CodePoint> c = first_code_point(text.substr(at));
    const std::string_view bytes = text.substr(at, c ? c->bytes : 1);
    at += bytes.size();
    if (at > limit) return out + "...";
    if (bytes == "\\" && backslash == Backslash::doubled) {
      out += "\\\\";
    } else if (c && !is_hidden(c->value)) {
      out += bytes;
    } else {
      for (const char byte : bytes) out += escaped_byte(byte);
    }
  }
  return out;
}

}  // namespace

std::string escape_for_terminal(std::string_view text, Backslash backslash) {
  return escape(text, backslash, std::numeric_limits<std::size_t>::max());
}

std::string escape_for_terminal(std::string_view text, std::size_t limit) {
  return text.empty() ? "''" : escape(text, Backslash::doubled, limit);
}

std::string in_quotes(std::string_view name) {
  return name.empty() ? "''" : std::string("'").append(escape_for_terminal(name, kExcerpt)).append("'");
}

bool is_hidden(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array<Range, 12> kRanges{
      {{0x0000, 0x001F},      // C0 controls
       {0x007F, 0x009F},      // DEL and C1 controls
       {0x00AD, 0x00AD},      // soft hyphen
       {0x061C, 0x061C},      // Arabic letter mark
       {0x180E, 0x180E},      // Mongolian vowel separator
       {0x200B, 0x200B},      // zero-width space
       {0x200E, 0x200F},      // left-to-right and right-to-left mark
       {0x2028, 0x202E},      // separators, bidirectional controls
       {0x2060, 0x206F},      // invisible operators, bidirectional isolates
       {0xFEFF, 0xFEFF},      // byte-order mark
       {0xFFF9, 0xFFFB},      // interlinear annotations
       {0xE0000, 0xE007F}}};  // tags
  return std::ranges::any_of(kRanges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

}  // namespace alexnet
