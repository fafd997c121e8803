#include "time/time_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "print/svg.hpp"
#include "print/text.hpp"

namespace alexnet::app {
namespace {

// A sector of a ring.
struct Slice {
  std::string name;
  std::string kind;  // "" for the layers that are too small for a slice of their own
  double ms = 0.0;
  double share = 0.0;
  double strength = 1.0;  // opacity
};

const std::string& class_of(const Slice& s) {
  static const std::string kRest = "rest";
  return s.kind.empty() ? kRest : s.kind;
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

double max_letters(const std::vector<std::string>& texts) {
  std::size_t max = 0;
  for (const std::string& text : texts) max = std::max(max, width(text));
  return static_cast<double>(max);
}

// The middle of a slice that is too small for text, and the position of its number outside the ring, in
// turns.
struct Outside {
  std::string number;
  double slice = 0.0;
  double label = 0.0;
};

// Draws the numbers outside the ring, at least kGap apart, with lines from their slices.
Markup outside_numbers(std::vector<Outside> numbers, double cx, double cy) {
  constexpr double kRadius = kOuter + 18;
  constexpr double kGap = 14 / (2 * std::numbers::pi * kRadius);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i].label = i == 0 ? numbers[i].slice : std::max(numbers[i].slice, numbers[i - 1].label + kGap);
  double limit = numbers.empty() ? 1.0 : std::min(1.0, numbers.front().label + 1.0 - kGap);
  for (std::size_t i = numbers.size(); i-- > 0; limit = numbers[i].label - kGap)
    numbers[i].label = std::min(numbers[i].label, limit);
  Markup drawing;
  for (const Outside& n : numbers) {
    const auto at = [&](double radius, double turn) {
      const double angle = (turn - 0.25) * 2 * std::numbers::pi;
      return std::pair(cx + radius * std::cos(angle), cy + radius * std::sin(angle));
    };
    const auto [x1, y1] = at(kOuter, n.slice);
    const auto [x2, y2] = at(kRadius - 8, n.label);
    const auto [x, y] = at(kRadius, n.label);
    drawing += svg_line(x1, y1, x2, y2, "leader") + svg_text(x, y + 4, n.number, "middle", "n small");
  }
  return drawing;
}

Drawing ring(const std::vector<Slice>& slices, const std::string& id, const std::string& what,
             double total_ms) {
  constexpr double kCx = kOuter + 30;
  constexpr double kRow = 19;
  constexpr double kLegend = 2 * kCx + 36;  // right edge of the numbers
  constexpr double kLetter = 7;
  constexpr double kLabelLetter = 6.6;
  std::vector<std::string> names;
  std::vector<std::string> times;
  for (const Slice& s : slices) {
    names.push_back(abridged(s.name, kLongestName));
    times.push_back(number(s.ms));
  }
  const double ms_right = kLegend + std::max(150.0, 40 + kLetter * (max_letters(names) + max_letters(times)));
  const double share_right = ms_right + 55;
  const double legend_height = kRow * static_cast<double>(slices.size() + 1);
  const double height = std::max(2 * kCx, legend_height + 14);
  const double cy = height / 2;
  double turn = 0.0;
  double y = cy - legend_height / 2 + 13;
  Markup drawing{svg_text(kLegend + 24, y, what == "by layer" ? "layer" : "kind", "start", "faint"),
                 svg_text(ms_right, y, "ms", "end", "faint"),
                 svg_text(share_right, y, "share", "end", "faint")};
  Markup labels;
  std::vector<Outside> outside;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const Slice& s = slices[i];
    const std::string order = std::to_string(i + 1);
    const double end = std::min(turn + s.share, turn + 0.99999);
    drawing += element("path",
                       {{"class", "slice " + class_of(s)},
                        {"fill-opacity", s.strength},
                        {"data-name", s.name},
                        {"data-value", exact_digits(s.share)},
                        {"d", sector(kCx, cy, kInner, kOuter, turn, end)}},
                       element("title", {}, s.name + ": " + number(s.ms) + " ms, " + percent(s.share)));
    const auto fits_here = [&](const std::string& text) {
      return fits(kLabelLetter * static_cast<double>(width(text)), turn, end);
    };
    if (fits_here(order)) {
      const double angle = ((turn + end) / 2 - 0.25) * 2 * std::numbers::pi;
      constexpr double kMiddle = (kOuter + kInner) / 2;
      labels += svg_text(kCx + kMiddle * std::cos(angle), cy + kMiddle * std::sin(angle) + 4,
                         fits_here(s.name) ? s.name : order, "middle", "on");
    } else {
      outside.push_back({order, (turn + end) / 2, 0.0});
    }
    turn = end;
    y += kRow;
    drawing += svg_text(kLegend, y, order, "end", "faint n") +
               element("rect", {{"x", kLegend + 6},
                                {"y", y - 10},
                                {"width", 12},
                                {"height", 12},
                                {"class", class_of(s)},
                                {"fill-opacity", s.strength}}) +
               svg_text(kLegend + 24, y, names[i]) + svg_text(ms_right, y, times[i], "end", "n") +
               svg_text(share_right, y, percent(s.share), "end", "n");
  }
  drawing += labels + outside_numbers(std::move(outside), kCx, cy) +
             svg_text(kCx, cy - 8, number(total_ms) + " ms", "middle", "big") +
             svg_text(kCx, cy + 12, "sum of medians", "middle", "faint") +
             svg_text(kCx, cy + 28, what, "middle", "faint");
  return {id,
          "Ring of the time " + what,
          share_right + 5,
          height,
          drawing,
          what == "by layer" ? "Time by layer, clockwise from the top: the median of each layer and its "
                               "share of the sum of medians. "
                               "Layers of one kind have one colour in several shades. The sum is close to "
                               "the median of whole passes, "
                               "but not equal to it."
                             : "Time by kind of layer."};
}

std::vector<Slice> slices_of_layers(const EngineTimes& engine) {
  constexpr double kSmall = 0.005;
  // Steps of the golden ratio: no two layers of a kind have the same shade, and neighbours differ clearly.
  const auto shade = [](int nth) { return 1.0 - 0.6 * std::fmod(nth * std::numbers::phi, 1.0); };
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
    slices.push_back({escape_for_terminal(l.name), l.kind, l.ms.median, l.share, shade(seen[l.kind]++)});
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
