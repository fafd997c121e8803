#include "time/time_figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "layers/layers.hpp"
#include "print/layer_times.hpp"
#include "print/svg.hpp"

namespace alexnet::app {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 450;
constexpr double kStrip = 70;  // left edge of the strip for layers without multiply-adds
constexpr double kLeft = 155;
constexpr double kRight = 630;
constexpr double kTop = 18;
constexpr double kBottom = 400;

// Limits a value to [1e-30, 1e30] so that the axes are finite.
double drawable(double value) { return value > 1e-30 ? std::min(value, 1e30) : 1e-30; }

struct Box {
  double x1, y1, x2, y2;
  bool overlaps(const Box& o) const { return x1 < o.x2 && o.x1 < x2 && y1 < o.y2 && o.y1 < y2; }
};

struct Point {
  const LayerTime* layer;
  bool multiplies;
  double x = 0.0;
  double y = 0.0;
  double r = 0.0;
  Box box() const { return {x - r, y - r, x + r, y + r}; }
};

// Logarithmic axes: x is FLOP/byte, y is GFLOP/s.
struct Axes {
  double x_min, x_max, y_min, y_max;

  double x(double intensity) const {
    return kLeft + (kRight - kLeft) * std::log10(drawable(intensity) / x_min) / std::log10(x_max / x_min);
  }
  double y(double gflops) const {
    return kBottom - (kBottom - kTop) * std::log10(drawable(gflops) / y_min) / std::log10(y_max / y_min);
  }
};

bool has_point(const LayerTime& l) { return l.limit != Limit::none && l.gbytes_per_s > 0.0; }
bool multiplies(const LayerTime& l) { return l.gflops > 0.0 && l.gbytes_per_s > 0.0; }
double intensity(const LayerTime& l) { return drawable(l.gflops / l.gbytes_per_s); }
double ridge_of(const kernels::Peak& peak) { return drawable(peak.gflops / peak.read_gbytes_per_s); }

Axes axes_of(const kernels::Peak& peak, const std::vector<LayerTime>& layers) {
  const double ridge = ridge_of(peak);
  double x_min = std::min(1.0, ridge / 2);
  double x_max = ridge * 3;
  for (const LayerTime& l : layers) {
    if (!has_point(l) || !multiplies(l)) continue;
    x_min = std::min(x_min, intensity(l) / 1.5);
    x_max = std::max(x_max, intensity(l) * 1.5);
  }
  double y_min = drawable(peak.read_gbytes_per_s * x_min / 4);
  double y_max = std::max(drawable(peak.gflops * 1.8), 10 * y_min);
  for (const LayerTime& l : layers) {
    if (!has_point(l)) continue;
    const double gflops = drawable(multiplies(l) ? l.gflops : l.gbytes_per_s * x_min);
    y_min = std::min(y_min, gflops / 1.5);
    y_max = std::max(y_max, gflops * 1.5);
  }
  return {x_min, x_max, y_min, y_max};
}

std::string power_of_ten(int exponent) {
  if (exponent < -2 || exponent > 6) return "1e" + std::to_string(exponent);
  return exponent >= 0 ? grouped(std::llround(std::pow(10.0, exponent))) : px(std::pow(10.0, exponent));
}

// Returns the exponents of the powers of ten to mark on an axis. A long axis skips some.
std::vector<int> decades(double min, double max) {
  const int first = static_cast<int>(std::ceil(std::log10(min)));
  const int last = static_cast<int>(std::floor(std::log10(max)));
  std::vector<int> all;
  for (int e = first; e <= last; e += (last - first) / 10 + 1) all.push_back(e);
  return all;
}

Markup turned_text(double x, double y, double degrees, const std::string& text) {
  return element("text",
                 {{"transform", "translate(" + px(x) + " " + px(y) + ") rotate(" + px(degrees) + ")"},
                  {"text-anchor", "middle"}},
                 text);
}

Markup grid(const Axes& a) {
  Markup drawing;
  for (const int e : decades(a.x_min, a.x_max))
    drawing += svg_line(a.x(std::pow(10.0, e)), kTop, a.x(std::pow(10.0, e)), kBottom, "grid") +
               svg_text(a.x(std::pow(10.0, e)), kBottom + 17, power_of_ten(e), "middle", "faint n");
  for (const int e : decades(a.y_min, a.y_max))
    drawing += svg_line(kStrip, a.y(std::pow(10.0, e)), kRight, a.y(std::pow(10.0, e)), "grid") +
               svg_text(kStrip - 8, a.y(std::pow(10.0, e)) + 4, power_of_ten(e), "end", "faint n");
  return drawing + svg_line(kLeft, kTop, kLeft, kBottom, "axis") +
         svg_line(kStrip, kBottom, kRight, kBottom, "axis") +
         svg_text((kLeft + kRight) / 2, kBottom + 38, "FLOP for each byte of weights, input and output",
                  "middle") +
         svg_text((kStrip + kLeft) / 2, kBottom + 17, "no", "middle", "faint") +
         svg_text((kStrip + kLeft) / 2, kBottom + 31, "multiply-adds", "middle", "faint") +
         turned_text(16, (kTop + kBottom) / 2, -90, "GFLOP/s");
}

Markup roof(const Axes& a, const kernels::Peak& peak) {
  const double x1 = a.x(a.x_min);
  const double y1 = a.y(peak.read_gbytes_per_s * a.x_min);
  const double x2 = a.x(ridge_of(peak));
  const double y2 = a.y(peak.gflops);
  const std::string line =
      px(x1) + "," + px(y1) + " " + px(x2) + "," + px(y2) + " " + px(kRight) + "," + px(y2);
  const double angle = std::atan2(y2 - y1, x2 - x1) * 180 / std::numbers::pi;
  const std::string under = px(kLeft) + "," + px(kBottom) + " " + line + " " + px(kRight) + "," + px(kBottom);
  return {element("polygon", {{"class", "under"}, {"points", under}}),
          grid(a),
          element("polyline", {{"class", "roof"}, {"points", line}}),
          svg_line(kStrip, y1, kLeft, y1, "dashed"),
          svg_text(kRight - 6, y2 - 8, number(peak.gflops) + " GFLOP/s of float32 arithmetic", "end"),
          turned_text((x1 + x2) / 2, (y1 + y2) / 2 - 8, angle,
                      number(peak.read_gbytes_per_s) + " GB/s of memory read")};
}

// Draws a line from a point to the middle of the nearest side of its label, unless the label is beside it.
Markup leader(const Point& p, const Box& label) {
  constexpr double kBeside = 5;
  const double x = (label.x1 + label.x2) / 2;
  const double y = (label.y1 + label.y2) / 2;
  const std::array sides{std::pair(label.x1, y), std::pair(label.x2, y), std::pair(x, label.y1),
                         std::pair(x, label.y2)};
  const auto distance = [&](const auto& to) { return std::hypot(to.first - p.x, to.second - p.y); };
  const auto near = std::ranges::min(sides, {}, distance);
  if (distance(near) <= p.r + kBeside) return {};
  const double edge = p.r / distance(near);
  return svg_line(p.x + (near.first - p.x) * edge, p.y + (near.second - p.y) * edge, near.first, near.second,
                  "leader");
}

// Returns a free position for a point's label of width w, or the one beside the point if none is free.
Box place_label(const Point& p, double w, const std::vector<Box>& taken) {
  constexpr double kH = 13;
  const auto box = [&](double x, double y) { return Box{x, y, x + w, y + kH}; };
  const Box beside = box(p.x + p.r + 4, p.y - kH / 2);
  for (int far = 0; far <= 48; far += 6)
    for (const Box& b :
         {box(p.x + p.r + 4, p.y - kH / 2 + far), box(p.x + p.r + 4, p.y - kH / 2 - far),
          box(p.x - p.r - 4 - w, p.y - kH / 2 + far), box(p.x - p.r - 4 - w, p.y - kH / 2 - far),
          box(p.x - w / 2, p.y + p.r + 2 + far), box(p.x - w / 2, p.y - p.r - 2 - kH - far)})
      if (b.x1 >= kStrip - 40 && b.x2 <= kRight && b.y1 >= kTop && b.y2 <= kBottom &&
          std::ranges::none_of(taken, [&](const Box& t) { return t.overlaps(b); }))
        return b;
  return beside;
}

Markup point(const Point& p) {
  const LayerTime& l = *p.layer;
  const std::string name = escape_for_terminal(l.name);
  const std::string figures =
      (p.multiplies ? number(l.gflops) + " GFLOP/s, " + number(intensity(l)) + " FLOP for each byte, " : "") +
      number(l.gbytes_per_s) + " GB/s; " + reached_text(l) + " of the limit of " + to_string(l.limit);
  return element("circle",
                 {{"class", "dot " + l.kind},
                  {"data-name", name},
                  {"data-value", exact_digits(p.multiplies ? l.gflops : l.gbytes_per_s)},
                  {"cx", p.x},
                  {"cy", p.y},
                  {"r", p.r},
                  {"fill-opacity", p.multiplies ? 0.85 : 0.6}},
                 element("title", {}, name + ": " + figures));
}

}  // namespace

Drawing roofline(const TimeReport& report, const EngineTimes& engine, const std::string& id) {
  const Axes axes = axes_of(report.peak, engine.layers);
  std::vector<Point> points;
  std::vector<Box> taken;
  for (const LayerTime& l : engine.layers) {
    if (!has_point(l)) continue;
    Point p{&l, multiplies(l)};
    p.x = p.multiplies ? axes.x(intensity(l)) : (kStrip + kLeft) / 2;
    p.y = axes.y(p.multiplies ? l.gflops : l.gbytes_per_s * axes.x_min);
    p.r = 4 + 16 * std::sqrt(l.share);
    points.push_back(p);
    taken.push_back(p.box());
  }
  // Labels avoid the roof and the text along it.
  for (int part = 0; part <= 20; ++part) {
    const double at = axes.x_min * std::pow(ridge_of(report.peak) / axes.x_min, part / 20.0);
    const double x = axes.x(at);
    const double y = axes.y(at * report.peak.read_gbytes_per_s);
    taken.push_back({x - 8, y - 18, x + 8, y + 4});
  }
  const double flat = axes.y(report.peak.gflops);
  taken.push_back({kRight - 200, flat - 22, kRight, flat + 2});
  std::ranges::stable_sort(points, [](const Point& a, const Point& b) { return a.r > b.r; });
  Markup drawing = roof(axes, report.peak);
  Markup labels;
  for (const Point& p : points) {
    drawing += point(p);
    const std::string name = abridged(escape_for_terminal(p.layer->name), kLongestName);
    const Box box = place_label(p, 6.6 * static_cast<double>(width(name)), taken);
    taken.push_back(box);
    labels += leader(p, box) + svg_text(box.x1, box.y2 - 2, name);
  }
  return {id + "-roofline",
          "Roofline of the layers",
          kWidth,
          kHeight,
          drawing + labels,
          "The speed of each layer, and the limits of the machine measured in the same run: memory is the "
          "slope, arithmetic the flat line. Larger circles took more time. A circle above the roof means "
          "that a cache had the data, or that something disturbed the measurement of the roof. Layers "
          "without multiply-adds are at the left. Their distance to the dashed line is that to the slope."};
}

}  // namespace alexnet::app
