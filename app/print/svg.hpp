// Building blocks of SVG drawings.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "print/markup.hpp"

namespace alexnet::app {

// Formats a number as in JSON, with all digits that it takes to read back the same double.
std::string exact_digits(double value);

// anchor: start, middle or end. cls: a CSS class, or "".
Markup svg_text(double x, double y, const std::string& text, const char* anchor = "start",
                const char* cls = "");
Markup svg_line(double x1, double y1, double x2, double y2, const char* cls);
Markup svg_rect(double x, double y, double w, double h, const std::string& cls);

struct Drawing {
  std::string id;
  std::string label;  // description for screen readers
  double width = 0.0;
  double height = 0.0;
  Markup body;
  std::string caption;
};
// Returns a <figure> with the drawing and its caption. The drawing is as wide as the page has room, up to a
// quarter more than its own width.
Markup svg_figure(const Drawing& drawing);
// First bytes of an SVG file that this program wrote.
inline constexpr std::string_view kSvgMark =
    R"(<svg xmlns="http://www.w3.org/2000/svg" data-program="alexnet" )";
// Returns an SVG file with rows of drawings side by side, each row below its title. It uses the light scheme
// on a background of its own, and no CSS variables, because some programs do not support them.
std::string svg_document(const std::string& style,
                         const std::vector<std::pair<std::string, std::vector<Drawing>>>& rows);

// Shortens UTF-8 text of more than `max` characters to `max`, with "..." in the middle.
std::string abridged(const std::string& text, std::size_t max);

// Returns the smallest step of 1, 2 or 5 times a power of ten that divides `span` into at most `max` parts.
double round_step(double span, int max);

}  // namespace alexnet::app
