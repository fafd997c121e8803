#include "print/svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "print/html.hpp"

namespace alexnet::app {

std::string px(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  std::string out = text.data();
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out == "-0" ? "0" : out;
}

std::string exact_digits(double value) { return nlohmann::json(value).dump(); }

std::string svg_text(double x, double y, const std::string& text, const char* anchor, const char* cls) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor + "\"" +
         (*cls == '\0' ? "" : std::string(" class=\"") + cls + "\"") + ">" + html_escaped(text) + "</text>";
}

std::string svg_line(double x1, double y1, double x2, double y2, const char* cls) {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) +
         "\" class=\"" + cls + "\"/>";
}

std::string svg_rect(double x, double y, double w, double h, const std::string& attributes) {
  return "<rect x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(w) + "\" height=\"" + px(h) + "\" " +
         attributes + "/>";
}

std::string svg_figure(const Drawing& d) {
  return R"(<figure class="drawing"><div class="scroll"><svg id=")" + d.id + R"(" role="img" aria-label=")" +
         html_escaped(d.label) + "\" viewBox=\"0 0 " + px(d.width) + " " + px(d.height) +
         "\" style=\"max-width: " + px(d.width) + "px; min-width: " + px(d.width * 0.62) + "px\">\n" +
         d.body + "</svg></div>\n<figcaption>" + d.caption + "</figcaption></figure>\n";
}

std::string svg_document(const std::string& style,
                         const std::vector<std::pair<std::string, std::vector<Drawing>>>& rows) {
  constexpr double kGap = 24;
  double width = 0.0;
  double y = kGap;
  std::string body;
  for (const auto& [title, drawings] : rows) {
    body += svg_text(kGap, y + 12, title, "start", "title") + "\n";
    y += 2 * kGap;
    double x = kGap;
    double height = 0.0;
    for (const Drawing& d : drawings) {
      body += "<svg x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(d.width) + "\" height=\"" +
              px(d.height) + R"(" role="img" aria-label=")" + html_escaped(d.label) + "\">\n" + d.body +
              "</svg>\n";
      x += d.width + 2 * kGap;
      height = std::max(height, d.height);
    }
    width = std::max(width, x - kGap);
    y += height + kGap;
  }
  const std::string size = "width=\"" + px(width) + "\" height=\"" + px(y) + "\"";
  return in_light_colours(
      std::string(kSvgMark) + size + " viewBox=\"0 0 " + px(width) + " " + px(y) + "\">\n<style>" + style +
      "</style>\n" + svg_rect(0, 0, width, y, "style=\"fill: var(--paper)\"") + "\n" + body + "</svg>\n");
}

std::string abridged(const std::string& text, std::size_t most) {
  std::vector<std::size_t> begins;  // offsets of the characters
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] & 0xC0) != 0x80) begins.push_back(i);
  if (begins.size() <= most) return text;
  const std::size_t tail = (most - 3) * 2 / 3;  // names differ more at their ends than at their beginnings
  return text.substr(0, begins[most - 3 - tail]) + "..." + text.substr(begins[begins.size() - tail]);
}

double round_step(double span, int most) {
  const double rough = span / most;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= rough) return step * power;
  return 10.0 * power;
}

}  // namespace alexnet::app
