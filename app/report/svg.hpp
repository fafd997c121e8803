// The pieces that drawings are made of.
#pragma once

#include <string>

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

// <figure> with <svg id> of this size and its caption, HTML both. A reader who cannot see it is told `label`.
std::string svg_figure(const std::string& id, const std::string& label, double width, double height,
                       const std::string& drawing, const std::string& caption);

// A round step that divides `span` into at most `most` parts: 1, 2 or 5 times a power of ten.
double round_step(double span, int most);

}  // namespace alexnet::app
