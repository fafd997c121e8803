#include "print/svg.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/utf8.hpp"
#include "print/assets.hpp"

namespace alexnet::app {

namespace {

// Replaces each colour name in CSS by its value in the light scheme: "var(--blue)" by "#2f6fd0".
std::string in_light_colours(std::string_view css) {
  constexpr std::string_view kName = "var(";
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = css.find(kName); at != std::string::npos; at = css.find(kName, from)) {
    const std::size_t end = css.find(')', at);
    const std::string set = std::string(css.substr(at + kName.size(), end - at - kName.size())) + ": ";
    const std::size_t value = assets::page_css.find(set) + set.size();  // the first match is the light scheme
    out.append(css, from, at - from)
        .append(assets::page_css.substr(value, assets::page_css.find(';', value) - value));
    from = end + 1;
  }
  return out.append(css, from);
}

}  // namespace

std::string exact_digits(double value) {
  if (!std::isfinite(value)) return "null";
  // The exponents that nlohmann/json writes without an "e".
  constexpr double kMinPlain = 1e-4;
  constexpr double kMaxPlain = 1e15;  // exclusive
  const double size = std::abs(value);
  const bool is_plain = size == 0 || (size >= kMinPlain && size < kMaxPlain);
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 is_plain ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string text(digits.data(), end.ptr);
  return is_plain && text.find('.') == std::string::npos ? text + ".0" : text;
}

Markup svg_text(double x, double y, const std::string& text, const char* anchor, const char* cls) {
  return element("text", {{"x", x}, {"y", y}, {"text-anchor", anchor}, {"class", cls}}, text);
}

Markup svg_line(double x1, double y1, double x2, double y2, const char* cls) {
  return element("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", cls}});
}

Markup svg_rect(double x, double y, double w, double h, const std::string& cls) {
  return element("rect", {{"x", x}, {"y", y}, {"width", w}, {"height", h}, {"class", cls}});
}

Markup svg_figure(const Drawing& d) {
  const Markup svg = element("svg",
                             {{"id", d.id},
                              {"role", "img"},
                              {"aria-label", d.label},
                              {"viewBox", "0 0 " + px(d.width) + " " + px(d.height)},
                              {"style", "max-width: " + px(1.25 * d.width) + "px"}},
                             d.body);
  return element("figure", {{"class", "drawing"}}, {svg, element("figcaption", {}, d.caption)});
}

std::string svg_document(const std::string& style,
                         const std::vector<std::pair<std::string, std::vector<Drawing>>>& rows) {
  constexpr double kGap = 24;
  double width = 0.0;
  double y = kGap;
  Markup body;
  for (const auto& [title, drawings] : rows) {
    body += svg_text(kGap, y + 12, title, "start", "title");
    y += 2 * kGap;
    double x = kGap;
    double height = 0.0;
    for (const Drawing& d : drawings) {
      body += element("svg",
                      {{"x", x},
                       {"y", y},
                       {"width", d.width},
                       {"height", d.height},
                       {"role", "img"},
                       {"aria-label", d.label}},
                      d.body);
      x += d.width + 2 * kGap;
      height = std::max(height, d.height);
    }
    width = std::max(width, x - kGap);
    y += height + kGap;
  }
  const std::string size = "width=\"" + px(width) + "\" height=\"" + px(y) + "\"";
  return std::string(kSvgMark) + size + " viewBox=\"0 0 " + px(width) + " " + px(y) + "\">\n<style>\n" +
         in_light_colours(style) + "</style>\n" + svg_rect(0, 0, width, y, "paper").str() + "\n" +
         body.str() + "</svg>\n";
}

std::string abridged(const std::string& text, std::size_t max) {
  std::vector<std::size_t> begins;  // offsets of the characters
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_continuation_byte(text[i])) begins.push_back(i);
  if (begins.size() <= max) return text;
  const std::size_t tail = (max - 3) * 2 / 3;  // names differ more at their ends than at their beginnings
  return text.substr(0, begins[max - 3 - tail]) + "..." + text.substr(begins[begins.size() - tail]);
}

double round_step(double span, int max) {
  const double rough = span / max;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= rough) return step * power;
  return 10.0 * power;
}

}  // namespace alexnet::app
