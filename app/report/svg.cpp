#include "report/svg.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "report/html.hpp"

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

std::string svg_figure(const std::string& id, const std::string& label, double width, double height,
                       const std::string& drawing, const std::string& caption) {
  return R"(<figure class="drawing"><div class="scroll"><svg id=")" + id + R"(" role="img" aria-label=")" +
         html_escaped(label) + "\" viewBox=\"0 0 " + px(width) + " " + px(height) +
         "\" style=\"max-width: " + px(width) + "px; min-width: " + px(width * 0.62) + "px\">\n" + drawing +
         "</svg></div>\n<figcaption>" + caption + "</figcaption></figure>\n";
}

double round_step(double span, int most) {
  const double rough = span / most;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= rough) return step * power;
  return 10.0 * power;
}

}  // namespace alexnet::app
