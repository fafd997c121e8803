// The pieces that drawings are made of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alexnet::app {

// A length or place, in at most two decimals: "12.5".
std::string px(double value);

// A double as JSON has it, with all its digits.
std::string exact_digits(double value);

// Text at x, y; `anchor` is start, middle or end; `cls` a CSS class.
std::string svg_text(double x, double y, const std::string& text, const char* anchor = "start",
                     const char* cls = "");
std::string svg_line(double x1, double y1, double x2, double y2, const char* cls);
// attributes: more of them, or none.
std::string svg_rect(double x, double y, double w, double h, const std::string& attributes);

struct Drawing {
  std::string id;
  std::string label;  // what a reader who cannot see it is told
  double width = 0.0;
  double height = 0.0;
  std::string body;     // SVG
  std::string caption;  // HTML
};
// <figure> with <svg id> and its caption.
std::string svg_figure(const Drawing& drawing);
// Begins a drawing of this program that is a file of its own.
inline constexpr std::string_view kSvgMark =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" data-program=\"alexnet\" ";
// A file of its own: rows of drawings that stand side by side, each row below its title. Light, on paper; every colour is a
// number, so that programs without CSS variables draw it too.
std::string svg_document(const std::string& style,
                         const std::vector<std::pair<std::string, std::vector<Drawing>>>& rows);

// The text with "..." in the middle where it has more than `most` characters (UTF-8).
std::string abridged(const std::string& text, std::size_t most);

// A round step that divides `span` into at most `most` parts: 1, 2 or 5 times a power of ten.
double round_step(double span, int most);

}  // namespace alexnet::app
