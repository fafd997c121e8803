#include "time/time_figures.hpp"

#include <algorithm>

#include "print/assets.hpp"
#include "print/svg.hpp"
#include "print/text.hpp"

namespace alexnet::app {

Drawing bars(const EngineTimes& engine, const std::string& id) {
  constexpr double kWidth = 640;
  constexpr double kRight = 505;
  constexpr double kRow = 24;
  constexpr double kTop = 26;
  double longest = 0.0;
  std::size_t letters = 0;
  std::size_t rows = 0;
  for (const LayerTime& l : engine.layers) {
    if (!l.fused_into.empty()) continue;
    longest = std::max({longest, 1.1 * l.ms.median, l.limit_ms});
    letters = std::max(letters, width(abridged(escape_for_terminal(l.name), kLongestName)));
    ++rows;
  }
  const double left = 16 + 7.2 * static_cast<double>(letters);
  const double bottom = kTop + kRow * static_cast<double>(rows);
  const double scale = longest > 0.0 ? (kRight - left) / longest : 0.0;
  const double step = longest > 0.0 ? round_step(longest, 8) : 0.0;
  Markup drawing;
  if (longest > 0.0)
    for (int i = 0; i <= 8 && i * step <= longest; ++i) {
      const double ms = i * step;
      drawing += svg_line(left + ms * scale, kTop - 6, left + ms * scale, bottom, i == 0 ? "axis" : "grid") +
                 svg_text(left + ms * scale, kTop - 12, px(ms) == "0" && i > 0 ? number(ms) : px(ms),
                          "middle", "faint n");
    }
  drawing += svg_text(left - 22, kTop - 12, "ms", "end", "faint");
  double y = kTop;
  for (const LayerTime& l : engine.layers) {
    if (!l.fused_into.empty()) continue;
    const double end = left + l.ms.median * scale;
    const double middle = y + kRow / 2;
    const std::string name = escape_for_terminal(l.name);
    Markup row{element("title", {},
                       name + ": median " + number(l.ms.median) + " ms, middle half " + number(l.ms.q1) +
                           " to " + number(l.ms.q3) + ", limit " + number(l.limit_ms) + " ms"),
               svg_text(left - 8, middle + 4, abridged(name, kLongestName), "end"),
               svg_rect(left, y + 4, std::max(1.0, end - left), kRow - 8, l.kind)};
    // The scale depends on medians and limits only, so the whisker of a disturbed layer is cut off.
    const double q3 = std::min(left + l.ms.q3 * scale, kRight + 20);
    if (l.ms.q3 > l.ms.q1)
      row += svg_line(std::min(left + l.ms.q1 * scale, kRight), middle, q3, middle, "whisker");
    if (l.limit != Limit::none)
      row += svg_line(left + l.limit_ms * scale, y + 2, left + l.limit_ms * scale, y + kRow - 2, "mark");
    const double text_x = std::max({end, q3, left + l.limit_ms * scale}) + 8;
    row += svg_text(text_x, middle + 4, number(l.ms.median) + " ms, " + percent(l.share), "start", "n");
    drawing += element("g", {{"data-name", name}, {"data-value", exact_digits(l.ms.median)}}, row);
    y += kRow;
  }
  return {id + "-bars",
          "Bars of the time of each layer",
          kWidth,
          bottom + 8,
          drawing,
          "Each bar is the median of a layer. The thin line spans the middle half of the runs. The vertical "
          "mark is the minimum time that the machine's arithmetic or memory allows."};
}

Drawing timeline(const TimeReport& report, const EngineTimes& engine, const std::string& id) {
  constexpr double kWidth = 640;
  constexpr double kLeft = 100;
  constexpr double kRight = 555;
  constexpr double kRow = 26;
  std::vector<std::pair<const char*, double>> spans{{"load", engine.load_ms}};
  if (report.decode_ms) spans.emplace_back("decode", *report.decode_ms);
  if (report.preprocess_ms) spans.emplace_back("preprocess", *report.preprocess_ms);
  spans.emplace_back("first pass", engine.cold_ms);
  spans.emplace_back("a later pass", engine.plain_ms.median);
  spans.emplace_back("report", report.report_ms);
  double total = 0.0;
  for (const auto& [name, ms] : spans) total += ms;
  const double scale = total > 0.0 ? (kRight - kLeft) / total : 0.0;
  Markup drawing;
  double x = kLeft;
  double y = 4;
  for (const auto& [name, ms] : spans) {
    const double w = std::max(1.5, ms * scale);
    drawing += element("g", {{"data-name", name}, {"data-value", exact_digits(ms)}},
                       {svg_line(kLeft, y + kRow, kRight, y + kRow, "grid"),
                        svg_text(kLeft - 10, y + 17, name, "end"), svg_rect(x, y + 5, w, kRow - 10, "bar"),
                        svg_text(x + w + 8, y + 17, number(ms) + " ms", "start", "n")});
    x += ms * scale;
    y += kRow;
  }
  return {id + "-timeline",
          "From loading to reporting",
          kWidth,
          y + 6,
          drawing,
          "The phases of a run, one after the other: loading the model, " +
              std::string(report.decode_ms ? "decoding and preparing the photo, " : "") +
              "the first pass, a later pass with warm caches, and formatting the report."};
}

std::string time_picture(const TimeReport& r) {
  std::vector<std::pair<std::string, std::vector<Drawing>>> rows;
  for (const EngineTimes& e : r.engines)
    rows.emplace_back(abridged(escape_for_terminal(r.model), 2 * kLongestName) + ", batch " +
                          std::to_string(r.batch) + ": engine " + e.engine + ", threads " +
                          std::to_string(r.threads) + ", on " + r.environment.cpu,
                      rings(e, e.engine));
  return svg_document(std::string(assets::charts_css), rows);
}

}  // namespace alexnet::app
