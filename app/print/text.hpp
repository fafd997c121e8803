// Text for terminals: colour, bars, tables and numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/escape_for_terminal.hpp"

namespace alexnet::app {

enum class ColorMode { automatic, always, never };

// Text style of one output.
struct Style {
  bool color = false;
  bool unicode = false;     // true if the locale's encoding is UTF-8
  std::size_t columns = 0;  // maximum width of a line; 0: no limit
};

// Returns the style for an output. In automatic mode, colours are used on a terminal unless NO_COLOR is set
// or TERM is "dumb". Lines have at most $COLUMNS columns, or else the terminal's, or else no limit.
Style style_for(ColorMode mode, bool is_terminal);

enum class Tint { plain, bold, dim, red, green, yellow, blue, magenta, cyan };
// Returns the text in this tint if style.color is true.
std::string tinted(const Style& style, Tint tint, const std::string& text);

// Returns a bar of at most `most` characters for a share from 0 to 1 (clamped; NaN counts as 0).
std::string bar(const Style& style, double share, int most);

// Returns the number of columns that the text takes in a terminal, by wcwidth(). A character that the
// process's locale does not know counts as 1. Programs start in the C locale, which knows ASCII only.
std::size_t width(std::string_view text);

// Breaks text at spaces into lines of at most `most` columns; 0: no limit. Lines after the first begin with
// `indent`. The first is shortened by as much, so that the caller can put text before it.
std::string wrapped(const std::string& text, std::size_t most, const std::string& indent = "");

// Formats a value with a printf format; truncates the result to 63 characters.
std::string formatted(const char* format, double value);
// Formats a value with three significant digits: "0.123", "12.3". Values below 0.1 have three decimals;
// values from 1,000 on are whole numbers: "1,234".
std::string number(double value);
// Formats a whole number with commas: "61,100,840".
std::string grouped(std::int64_t value);
// Returns "1 image" or "1,234 images".
std::string counted(std::int64_t count, const char* one, const char* more);
// Formats a share from 0 to 1: "26.9 %".
std::string percent(double share);
// Formats a share from 0 to 1 without decimals: "27 %".
std::string whole_percent(double share);
// Formats a number of bytes, in units of 1000: "233.1 MB".
std::string bytes(double count);

// A table with aligned columns. Cells are UTF-8 without control characters.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    Tint tint = Tint::plain;
    // If lines are too long, columns are dropped, those with the largest number first; 0 is never dropped.
    int expendable = 0;
    // If lines are still too long, the cells of this column are wrapped at spaces. One column at most.
    bool wraps = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Adds a row. cells: one per column. A tint other than plain overrides the columns' tints.
  void add(std::vector<std::string> cells, Tint tint = Tint::plain);
  std::string text(const Style& style) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Tint tint;
  };
  std::vector<std::size_t> fitting_columns(std::vector<std::size_t>& widths, std::size_t max) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace alexnet::app
