#include "time/time_figures.hpp"

#include <algorithm>

#include "print/html.hpp"
#include "print/svg.hpp"

namespace alexnet::app {
const char* const kTimeFigureStyle = R"(
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .n { font-variant-numeric: tabular-nums; } svg .faint { fill: var(--faint); } svg .big { font-size: 24px; font-weight: 600; }
svg .on { fill: var(--paper); font-weight: 600; font-size: 11px; } svg .slice { stroke: var(--paper); stroke-width: 1.5; }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .roof { fill: none; stroke: var(--ink); stroke-width: 2; } svg .under { fill: var(--panel); }
svg .dashed { stroke: var(--faint); stroke-dasharray: 4 3; } svg .whisker { stroke: var(--ink); stroke-width: 1.2; }
svg .mark { stroke: var(--ink); stroke-width: 2.5; } svg .dot { stroke: var(--paper); stroke-width: 1.2; }
)";

Drawing bars(const EngineTimes& engine, const std::string& id) {
  constexpr double kWidth = 900;
  constexpr double kRight = 735;
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
  std::string drawing;
  if (longest > 0.0)
    for (int i = 0; i <= 8 && i * step <= longest; ++i) {
      const double ms = i * step;
      drawing += svg_line(left + ms * scale, kTop - 6, left + ms * scale, bottom, i == 0 ? "axis" : "grid") +
                 svg_text(left + ms * scale, kTop - 12, px(ms) == "0" && i > 0 ? number(ms) : px(ms),
                          "middle", "faint n");
    }
  drawing += svg_text(left - 22, kTop - 12, "ms", "end", "faint") + "\n";
  double y = kTop;
  for (const LayerTime& l : engine.layers) {
    if (!l.fused_into.empty()) continue;
    const double end = left + l.ms.median * scale;
    const double middle = y + kRow / 2;
    drawing += "<g data-name=\"" + html_escaped(escape_for_terminal(l.name)) + "\" data-value=\"" +
               exact_digits(l.ms.median) + "\"><title>" + html_escaped(escape_for_terminal(l.name)) +
               ": median " + number(l.ms.median) + " ms, middle half " + number(l.ms.q1) + " to " +
               number(l.ms.q3) + ", limit " + number(l.limit_ms) + " ms</title>" +
               svg_text(left - 8, middle + 4, abridged(escape_for_terminal(l.name), kLongestName), "end") +
               svg_rect(left, y + 4, std::max(1.0, end - left), kRow - 8,
                        R"(rx="2" style="fill: )" + html_color(l.kind) + "\"");
    // The scale depends on medians and limits only, so the whisker of a disturbed layer is cut off.
    const double q3 = std::min(left + l.ms.q3 * scale, kRight + 20);
    if (l.ms.q3 > l.ms.q1)
      drawing += svg_line(std::min(left + l.ms.q1 * scale, kRight), middle, q3, middle, "whisker");
    if (l.limit != Limit::none)
      drawing += svg_line(left + l.limit_ms * scale, y + 2, left + l.limit_ms * scale, y + kRow - 2, "mark");
    const double text_x = std::max({end, q3, left + l.limit_ms * scale}) + 8;
    drawing += svg_text(text_x, middle + 4, number(l.ms.median) + " ms, " + percent(l.share), "start", "n") +
               "</g>\n";
    y += kRow;
  }
  return {id + "-bars",
          "Bars of the time of each layer",
          kWidth,
          bottom + 8,
          drawing,
          "Each layer's median. The thin line is the middle half of the runs; the upright mark is the least "
          "that the machine's arithmetic or memory allows."};
}

Drawing timeline(const TimeReport& report, const EngineTimes& engine, const std::string& id) {
  constexpr double kWidth = 900;
  constexpr double kLeft = 110;
  constexpr double kRight = 770;
  constexpr double kRow = 26;
  struct Span {
    const char* name;
    const char* color;
    double ms;
  };
  std::vector<Span> spans{{"load", "dim", engine.load_ms}};
  if (report.decode_ms) spans.push_back({"decode", "yellow", *report.decode_ms});
  if (report.preprocess_ms) spans.push_back({"preprocess", "magenta", *report.preprocess_ms});
  spans.push_back({"first pass", "blue", engine.cold_ms});
  spans.push_back({"a later pass", "green", engine.plain_ms.median});
  spans.push_back({"report", "red", report.report_ms});
  double total = 0.0;
  for (const Span& s : spans) total += s.ms;
  const double scale = total > 0.0 ? (kRight - kLeft) / total : 0.0;
  std::string drawing;
  double x = kLeft;
  double y = 4;
  for (const Span& s : spans) {
    const double w = std::max(1.5, s.ms * scale);
    drawing +=
        "<g data-name=\"" + std::string(s.name) + "\" data-value=\"" + exact_digits(s.ms) + "\">" +
        svg_line(kLeft, y + kRow, kRight, y + kRow, "grid") + svg_text(kLeft - 10, y + 17, s.name, "end") +
        svg_rect(x, y + 5, w, kRow - 10, std::string(R"(rx="2" style="fill: var(--)") + s.color + ")\"") +
        svg_text(x + w + 8, y + 17, number(s.ms) + " ms", "start", "n") + "</g>\n";
    x += s.ms * scale;
    y += kRow;
  }
  return {
      id + "-timeline",
      "From loading to reporting",
      kWidth,
      y + 6,
      drawing,
      "One after the other: the model is loaded" +
          std::string(report.decode_ms ? ", the photo decoded and prepared" : "") +
          ", the network runs for the first time, and again when all is warm; making the text comes last."};
}

std::string time_picture(const TimeReport& r) {
  std::vector<std::pair<std::string, std::vector<Drawing>>> rows;
  for (const EngineTimes& e : r.engines)
    rows.emplace_back(abridged(escape_for_terminal(r.model), 2 * kLongestName) + ", batch " +
                          std::to_string(r.batch) + ": engine " + e.engine + ", threads " +
                          std::to_string(r.threads) + ", on " + r.facts.cpu,
                      rings(e, e.engine));
  return svg_document(std::string(kTimeFigureStyle) + "svg .title { font-size: 15px; font-weight: 600; }\n",
                      rows);
}

}  // namespace alexnet::app
