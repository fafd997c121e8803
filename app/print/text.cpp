#include "print/text.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <numeric>

#include "core/utf8.hpp"

namespace alexnet::app {
namespace {

// Reads the user's locale without setlocale(), which would change the behaviour of other functions.
bool locale_is_utf8() {
  const locale_t users = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (users == nullptr) return false;
  const bool is_utf8 = std::string_view(nl_langinfo_l(CODESET, users)) == "UTF-8";
  freelocale(users);
  return is_utf8;
}

std::size_t columns_of(bool is_terminal) {
  if (const char* text = std::getenv("COLUMNS")) {
    const std::string_view value = text;
    std::size_t columns = 0;
    const auto [end, error] = std::from_chars(value.begin(), value.end(), columns);
    if (error == std::errc() && end == value.end() && columns > 0) return columns;
  }
  winsize size{};
  const bool known = is_terminal && (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ||
                                     ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0);
  return known ? size.ws_col : 0;
}

}  // namespace

std::string formatted(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

Style style_for(ColorMode mode, bool is_terminal) {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  const bool automatic = is_terminal && !set("NO_COLOR") && !dumb;
  return {mode == ColorMode::always || (mode == ColorMode::automatic && automatic), locale_is_utf8(),
          columns_of(is_terminal)};
}

std::string tinted(const Style& style, Tint tint, const std::string& text) {
  static constexpr std::array<const char*, 9> kCodes{"", "1", "2", "31", "32", "33", "34", "35", "36"};
  if (!style.color || tint == Tint::plain) return text;
  return std::string("\x1b[") + kCodes[static_cast<std::size_t>(tint)] + "m" + text + "\x1b[0m";
}

std::string bar(const Style& style, double share, int most) {
  share = std::isnan(share) ? 0.0 : std::clamp(share, 0.0, 1.0);
  if (!style.unicode) return std::string(static_cast<std::size_t>(std::lround(share * most)), '#');
  static constexpr std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::lround(share * most * 8));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text).value_or(CodePoint{U'?', 1});
    const int wide = wcwidth(static_cast<wchar_t>(c.value));
    // A negative width means that the locale does not know the character.
    columns += wide < 0 ? 1 : static_cast<std::size_t>(wide);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string wrapped(const std::string& text, std::size_t most, const std::string& indent) {
  if (most == 0) return text;
  std::string out;
  std::size_t at = indent.size();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!out.empty()) {
      const bool fits = at + 1 + width(word) <= most;
      out += fits ? " " : "\n" + indent;
      at = fits ? at + 1 : indent.size();
    }
    out += word;
    at += width(word);
    begin = end + 1;
  }
  return out;
}

std::string number(double value) {
  const double size = std::abs(value);
  if (!(size < 1e15)) return formatted("%.3g", value);
  if (size >= 1000) return grouped(std::llround(value));
  return formatted(size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string counted(std::int64_t count, const char* one, const char* more) {
  return grouped(count) + " " + (count == 1 ? one : more);
}

std::string percent(double share) { return formatted("%.1f %%", share * 100); }

std::string whole_percent(double share) { return formatted("%.0f %%", share * 100); }

std::string bytes(double count) {
  static constexpr std::array<const char*, 4> kUnits{"B", "kB", "MB", "GB"};
  std::size_t unit = 0;
  while (count >= 1000 && unit + 1 < kUnits.size()) {
    count /= 1000;
    ++unit;
  }
  return formatted(unit == 0 ? "%.0f " : "%.1f ", count) + kUnits[unit];
}

void Table::add(std::vector<std::string> cells, Tint tint) { rows_.push_back({std::move(cells), tint}); }

// Returns the columns that fit into `max` and sets the width of the one that wraps to what the others leave.
std::vector<std::size_t> Table::fitting_columns(std::vector<std::size_t>& widths, std::size_t max) const {
  constexpr std::size_t kMinWrapped = 24;
  std::vector<std::size_t> shown(columns_.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (max == 0) return shown;
  const auto length = [&](std::size_t max_wrapped) {
    std::size_t sum = 0;
    for (const std::size_t c : shown)
      sum += 2 + (columns_[c].wraps ? std::min(widths[c], max_wrapped) : widths[c]);
    return sum - 2;
  };
  while (length(kMinWrapped) > max) {
    const auto first =
        std::ranges::max_element(shown, {}, [&](std::size_t c) { return columns_[c].expendable; });
    if (columns_[*first].expendable == 0) break;
    shown.erase(first);
  }
  for (const std::size_t c : shown)
    if (columns_[c].wraps) {
      const std::size_t rest = length(0);
      widths[c] = std::min(widths[c], std::max(kMinWrapped, max - std::min(rest, max)));
    }
  return shown;
}

std::string Table::text(const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(width(columns_[c].title));
    for (const Row& row : rows_) widths[c] = std::max(widths[c], width(row.cells[c]));
  }
  const std::vector<std::size_t> shown = fitting_columns(widths, style.columns);
  std::string out;
  const auto line = [&](const auto& cell_of, const auto& tint_of) {
    std::string text;
    std::string gap;
    for (const std::size_t c : shown) {
      const std::string& cell = cell_of(c);
      const std::string padding(widths[c] - width(cell), ' ');
      const bool right = columns_[c].align == Align::right;
      if (right) gap += padding;
      if (!cell.empty()) {
        text += gap + tinted(style, tint_of(c), cell);
        gap.clear();
      }
      if (!right) gap += padding;
      gap += "  ";
    }
    out += text + "\n";
  };
  line([&](std::size_t c) -> const std::string& { return columns_[c].title; },
       [](std::size_t) { return Tint::bold; });
  for (const Row& row : rows_) {
    std::vector<std::string> cells = row.cells;
    for (bool rest = true; rest;) {
      rest = false;
      std::vector<std::string> below(cells.size());
      for (const std::size_t c : shown) {
        if (!columns_[c].wraps) continue;
        const std::string all = wrapped(cells[c], widths[c]);
        const std::size_t end = std::min(all.find('\n'), all.size());
        cells[c] = all.substr(0, end);
        below[c] = all.substr(std::min(end + 1, all.size()));
        std::ranges::replace(below[c], '\n', ' ');
        rest = !below[c].empty();
      }
      line([&](std::size_t c) -> const std::string& { return cells[c]; },
           [&](std::size_t c) { return row.tint != Tint::plain ? row.tint : columns_[c].tint; });
      cells = std::move(below);
    }
  }
  return out;
}

}  // namespace alexnet::app
