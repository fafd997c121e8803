#include "report/time/time_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "report/html.hpp"
#include "report/svg.hpp"

namespace alexnet::app {
namespace {

constexpr std::size_t kLongestName = 30;  // letters, where a drawing has names; the tips have them whole

std::string drawn(const std::string& name) { return abridged(name, kLongestName); }

// A part of a ring.
struct Slice {
  std::string name;
  std::string kind;  // "" for what is too small to be seen alone
  double ms = 0.0;
  double share = 0.0;
  double strength = 1.0;  // of its colour, so that neighbours of one kind can be told apart
};

std::string fill(const Slice& s) {
  return "style=\"fill: " + (s.kind.empty() ? "var(--line)" : html_color(s.kind)) +
         "; fill-opacity: " + px(s.strength) + "\"";
}

std::string tip(const Slice& s) {
  return "<title>" + html_escaped(s.name) + ": " + number(s.ms) + " ms, " + percent(s.share) + "</title>";
}

// The sector from angle a to b, in turns from the top.
std::string sector(double cx, double cy, double inner, double outer, double a, double b) {
  const auto at = [&](double r, double turn) {
    const double angle = (turn - 0.25) * 2 * std::numbers::pi;
    return px(cx + r * std::cos(angle)) + " " + px(cy + r * std::sin(angle));
  };
  const std::string large = b - a > 0.5 ? " 1 " : " 0 ";
  return "M" + at(outer, a) + "A" + px(outer) + " " + px(outer) + " 0" + large + "1 " + at(outer, b) + "L" +
         at(inner, b) + "A" + px(inner) + " " + px(inner) + " 0" + large + "0 " + at(inner, a) + "Z";
}

constexpr double kOuter = 125;  // a ring's radii
constexpr double kInner = 72;

// Whether text of this width, the middle of it in the middle of the sector from a to b, stays inside.
bool fits(double text_width, double a, double b) {
  constexpr double kHeight = 9;
  constexpr double kOver = 2;  // that the ends of letters may come near the edge
  const double angle = ((a + b) / 2 - 0.25) * 2 * std::numbers::pi;
  const double x = (kOuter + kInner) / 2 * std::cos(angle);
  const double y = (kOuter + kInner) / 2 * std::sin(angle);
  for (int part = -4; part <= 4; ++part)
    for (const double up : {-kHeight / 2, 0.0, kHeight / 2}) {
      const double to_x = x + (text_width - kOver) / 8 * part;
      const double to_y = y + up;
      const double radius = std::hypot(to_x, to_y);
      const double off = std::remainder(std::atan2(to_y, to_x) - angle, 2 * std::numbers::pi);
      if (radius < kInner || radius > kOuter || std::abs(off) > (b - a) * std::numbers::pi) return false;
    }
  return true;
}

double most_letters(const std::vector<std::string>& texts) {
  std::size_t most = 0;
  for (const std::string& text : texts) most = std::max(most, width(text));
  return static_cast<double>(most);
}

Drawing ring(const std::vector<Slice>& slices, const std::string& id, const std::string& what,
             double total_ms) {
  constexpr double kCx = 135;
  constexpr double kRow = 19;
  constexpr double kLegend = 290;
  constexpr double kLetter = 7;
  std::vector<std::string> names;
  std::vector<std::string> times;
  for (const Slice& s : slices) {
    names.push_back(drawn(s.name));
    times.push_back(number(s.ms));
  }
  const double ms_right =
      kLegend + std::max(150.0, 30 + kLetter * (most_letters(names) + most_letters(times)));
  const double share_right = ms_right + 55;
  const double height = std::max(2 * kCx, kRow * static_cast<double>(slices.size()) + 14);
  const double cy = height / 2;
  std::string drawing;
  std::string labels;
  double turn = 0.0;
  double y = cy - kRow * static_cast<double>(slices.size()) / 2 + 13;
  for (const Slice& s : slices) {
    const double end = std::min(turn + s.share, turn + 0.99999);
    drawing += R"(<path class="slice" data-name=")" + html_escaped(s.name) + "\" data-value=\"" +
               exact_digits(s.share) + "\" " + fill(s) + " d=\"" +
               sector(kCx, cy, kInner, kOuter, turn, end) + "\">" + tip(s) + "</path>\n";
    constexpr double kLabelLetter = 6.6;
    if (fits(kLabelLetter * static_cast<double>(width(s.name)), turn, end)) {
      const double angle = ((turn + end) / 2 - 0.25) * 2 * std::numbers::pi;
      constexpr double kMiddle = (kOuter + kInner) / 2;
      labels += svg_text(kCx + kMiddle * std::cos(angle), cy + kMiddle * std::sin(angle) + 4, s.name,
                         "middle", "on");
    }
    turn = end;
    drawing += svg_rect(kLegend, y - 10, 11, 11, "rx=\"2\" " + fill(s)) +
               svg_text(kLegend + 18, y, drawn(s.name)) + svg_text(ms_right, y, number(s.ms), "end", "n") +
               svg_text(share_right, y, percent(s.share), "end", "n") + "\n";
    y += kRow;
  }
  drawing += labels + svg_text(kCx, cy - 8, number(total_ms) + " ms", "middle", "big") +
             svg_text(kCx, cy + 12, "sum of medians", "middle", "faint") +
             svg_text(kCx, cy + 28, what, "middle", "faint") + "\n";
  return {
      id,
      "Ring of the time " + what,
      share_right + 5,
      height,
      drawing,
      what == "by layer"
          ? "Time by layer, from the top clockwise: each layer's median in ms, and its share of the sum of "
            "medians, which is near the median of whole passes but not the same."
          : "The same by kind of layer."};
}

std::vector<Slice> slices_of_layers(const EngineTimes& engine) {
  constexpr double kSmall = 0.005;
  std::map<std::string, int> seen;
  std::vector<Slice> slices;
  Slice rest;
  int small = 0;
  for (const LayerTime& l : engine.layers) {
    if (!l.fused_into.empty()) continue;
    if (l.share < kSmall) {
      ++small;
      rest.name = l.name;
      rest.ms += l.ms.median;
      rest.share += l.share;
      continue;
    }
    slices.push_back({printable(l.name), l.kind, l.ms.median, l.share, seen[l.kind]++ % 2 == 0 ? 1.0 : 0.72});
  }
  if (small > 1) rest.name = std::to_string(small) + " small ones";
  if (small > 0) slices.push_back(rest);
  return slices;
}

double sum_ms(const EngineTimes& engine) {
  double sum = 0.0;
  for (const LayerTime& l : engine.layers) sum += l.ms.median;
  return sum;
}

}  // namespace

const char* const kTimeFigureStyle = R"(
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .n { font-variant-numeric: tabular-nums; } svg .faint { fill: var(--faint); } svg .big { font-size: 24px; font-weight: 600; }
svg .on { fill: var(--paper); font-weight: 600; font-size: 11px; } svg .slice { stroke: var(--paper); stroke-width: 1.5; }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .roof { fill: none; stroke: var(--ink); stroke-width: 2; } svg .under { fill: var(--panel); }
svg .dashed { stroke: var(--faint); stroke-dasharray: 4 3; } svg .whisker { stroke: var(--ink); stroke-width: 1.2; }
svg .mark { stroke: var(--ink); stroke-width: 2.5; } svg .dot { stroke: var(--paper); stroke-width: 1.2; }
)";

std::vector<Drawing> rings(const EngineTimes& engine, const std::string& id) {
  std::vector<Slice> kinds;
  for (const KindTime& k : sums_by_kind(engine.layers))
    if (!k.fused) kinds.push_back({k.kind, k.kind, k.ms, k.share});
  const double total = sum_ms(engine);
  return {ring(slices_of_layers(engine), id + "-by-layer", "by layer", total),
          ring(kinds, id + "-by-kind", "by kind", total)};
}

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
    letters = std::max(letters, width(drawn(printable(l.name))));
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
    drawing += "<g data-name=\"" + html_escaped(printable(l.name)) + "\" data-value=\"" +
               exact_digits(l.ms.median) + "\"><title>" + html_escaped(printable(l.name)) + ": median " +
               number(l.ms.median) + " ms, middle half " + number(l.ms.q1) + " to " + number(l.ms.q3) +
               ", limit " + number(l.limit_ms) + " ms</title>" +
               svg_text(left - 8, middle + 4, drawn(printable(l.name)), "end") +
               svg_rect(left, y + 4, std::max(1.0, end - left), kRow - 8,
                        R"(rx="2" style="fill: )" + html_color(l.kind) + "\"");
    const double q3 =
        std::min(left + l.ms.q3 * scale, kRight + 20);  // a disturbed run leaves the others their scale
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
    rows.emplace_back(abridged(printable(r.model), 2 * kLongestName) + ", batch " + std::to_string(r.batch) +
                          ": engine " + e.engine + ", threads " + std::to_string(r.threads) + ", on " +
                          r.facts.cpu,
                      rings(e, e.engine));
  return svg_document(std::string(kTimeFigureStyle) + "svg .title { font-size: 15px; font-weight: 600; }\n",
                      rows);
}

}  // namespace alexnet::app
