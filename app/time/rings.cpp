#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "print/html.hpp"
#include "print/svg.hpp"
#include "time/time_figures.hpp"

namespace alexnet::app {
namespace {

// A sector of a ring.
struct Slice {
  std::string name;
  std::string kind;  // "" for the layers that are too small for a slice of their own
  double ms = 0.0;
  double share = 0.0;
  double strength = 1.0;  // opacity; it alternates so that neighbours of one kind can be distinguished
};

std::string fill(const Slice& s) {
  return "style=\"fill: " + (s.kind.empty() ? "var(--line)" : html_color(s.kind)) +
         "; fill-opacity: " + px(s.strength) + "\"";
}

std::string tip(const Slice& s) {
  return "<title>" + html_escaped(s.name) + ": " + number(s.ms) + " ms, " + percent(s.share) + "</title>";
}

// Returns the SVG path of the sector from angle a to b, in turns clockwise from the top.
std::string sector(double cx, double cy, double inner, double outer, double a, double b) {
  const auto at = [&](double r, double turn) {
    const double angle = (turn - 0.25) * 2 * std::numbers::pi;
    return px(cx + r * std::cos(angle)) + " " + px(cy + r * std::sin(angle));
  };
  const std::string large = b - a > 0.5 ? " 1 " : " 0 ";
  return "M" + at(outer, a) + "A" + px(outer) + " " + px(outer) + " 0" + large + "1 " + at(outer, b) + "L" +
         at(inner, b) + "A" + px(inner) + " " + px(inner) + " 0" + large + "0 " + at(inner, a) + "Z";
}

constexpr double kOuter = 125;  // radii of a ring
constexpr double kInner = 72;

// Returns true if text of this width, centred in the sector from a to b, stays inside the sector.
bool fits(double text_width, double a, double b) {
  constexpr double kHeight = 9;
  constexpr double kOver = 2;  // tolerance at the edges
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
    names.push_back(abridged(s.name, kLongestName));
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
               svg_text(kLegend + 18, y, abridged(s.name, kLongestName)) +
               svg_text(ms_right, y, number(s.ms), "end", "n") +
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
      rest.name = escape_for_terminal(l.name);
      rest.ms += l.ms.median;
      rest.share += l.share;
      continue;
    }
    slices.push_back(
        {escape_for_terminal(l.name), l.kind, l.ms.median, l.share, seen[l.kind]++ % 2 == 0 ? 1.0 : 0.72});
  }
  if (small > 1) rest.name = std::to_string(small) + " small ones";
  if (small > 0) slices.push_back(rest);
  return slices;
}

}  // namespace

std::vector<Drawing> rings(const EngineTimes& engine, const std::string& id) {
  std::vector<Slice> kinds;
  for (const KindTime& k : sums_by_kind(engine.layers))
    if (!k.fused) kinds.push_back({k.kind, k.kind, k.ms, k.share});
  const double total = engine.sum_ms();
  return {ring(slices_of_layers(engine), id + "-by-layer", "by layer", total),
          ring(kinds, id + "-by-kind", "by kind", total)};
}

}  // namespace alexnet::app
