// Text for people: colour, bars, tables and numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/escape_for_terminal.hpp"

namespace alexnet::app {

enum class ColorMode { automatic, always, never };

// How to draw on one output.
struct Style {
  bool color = false;
  bool unicode = false;     // the locale's characters are UTF-8
  std::size_t columns = 0;  // that a line may have; 0: any number
};

// NO_COLOR and TERM=dumb are honoured where the mode is automatic. A line may have COLUMNS characters, else those of the
// terminal.
Style style_for(ColorMode mode, bool is_terminal);

enum class Tint { plain, bold, dim, red, green, yellow, blue, magenta, cyan };
std::string tinted(const Style& style, Tint tint, const std::string& text);

// A bar of at most `most` characters for a share of 0..1.
std::string bar(const Style& style, double share, int most);

// Returns the number of columns that a terminal shows the text in: 2 for a wide character, 0 for a combining one.
std::size_t width(std::string_view text);

// Words in lines of at most `most` characters where that is not 0; further lines begin with `indent`, for which the first
// leaves room.
std::string wrapped(const std::string& text, std::size_t most, const std::string& indent = "");

// As printf writes it, in fewer than 64 characters.
std::string formatted(const char* format, double value);
// "0.123", "12.3", "1,234": three digits that matter.
std::string number(double value);
// "61,100,840"
std::string grouped(std::int64_t value);
// "26.9 %"
std::string percent(double share);
// "27 %"
std::string whole_percent(double share);
// "233.1 MB"
std::string bytes(double count);

// Columns that line up. Cells are UTF-8 without control characters.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    Tint tint = Tint::plain;
    int expendable = 0;  // where lines are too long, the column with the most goes first; 0 stays
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns. The row's tint overrides the columns'.
  void add(std::vector<std::string> cells, Tint tint = Tint::plain);
  std::string text(const Style& style) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Tint tint;
  };
  std::vector<std::size_t> shown_columns(const std::vector<std::size_t>& widths, std::size_t most) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace alexnet::app
