#include "explain/explain_figures.hpp"

#include <algorithm>
#include <functional>

#include "explain/explain_report.hpp"

namespace alexnet::app {
namespace {

constexpr int kCellHeight = 22;
constexpr int kGap = 34;
constexpr int kTitleWidth = 120;  // width of the longest title

// A position in pixels.
struct Point {
  int x = 0;
  int y = 0;
};

Markup label(Point p, const std::string& text, const char* cls = "") {
  return element("text", {{"class", cls}, {"x", p.x}, {"y", p.y}}, text);
}

struct Cell {
  std::string text;
  const char* kind = "";  // CSS class
};

// Draws cells of `width` pixels in rows and columns, with a title above.
Markup grid(Point p, int width, const std::string& title, Size2 size,
            const std::function<Cell(Position)>& cell_at) {
  Markup drawing = label({p.x, p.y - 6}, title, "title");
  for (int y = 0; y < size.h; ++y)
    for (int x = 0; x < size.w; ++x) {
      const Cell cell = cell_at({y, x});
      const Point at{p.x + x * width, p.y + y * kCellHeight};
      drawing += element("rect", {{"class", std::string("cell ") + cell.kind},
                                  {"x", at.x},
                                  {"y", at.y},
                                  {"width", width},
                                  {"height", kCellHeight}});
      drawing += label({at.x + width / 2, at.y + 15}, cell.text, "number");
    }
  return drawing;
}

std::string exact_float(float value) { return exact(static_cast<double>(value)); }

// State that the drawings of one layer share: the position of the window, its numbers and the width of a
// cell.
struct Figure {
  const Explanation& e;
  Position here;
  WorkedOut worked;
  std::size_t length;  // numbers of the window in one input channel
  int cell;

  Figure(const Explanation& explanation, Position place)
      : e(explanation), here(place), worked(work_out(e.layer, *e.example, e.example->channel, place)) {
    constexpr int kLeastCell = 26;
    constexpr int kLetter = 7;
    length = worked.column.size() / worked.product.channels.size();
    std::size_t letters = 0;
    for (const float value : e.example->in) letters = std::max(letters, exact_float(value).size());
    for (const float value : worked.row) letters = std::max(letters, exact_float(value).size());
    for (int y = 0; y < e.layer.out.height; ++y)
      for (int x = 0; x < e.layer.out.width; ++x) letters = std::max(letters, exact(output(x, y)).size());
    cell = std::max(kLeastCell, kLetter * static_cast<int>(letters) + 6);
  }

  double output(int x, int y) const {
    return work_out(e.layer, *e.example, e.example->channel, {y, x}).value();
  }
  int width_of(int columns) const { return std::max(columns * cell, kTitleWidth); }
};

// Draws one input channel with the window on it, and the kernel's part for it below.
Markup input_channel(const Figure& f, std::size_t index, Point p) {
  const Shape& in = f.e.layer.in;
  const auto taps = std::span(f.worked.column).subspan(index * f.length, f.length);
  const int channel = taps.front().channel;
  const Markup plane =
      grid(p, f.cell, "input channel " + std::to_string(channel), {in.height, in.width}, [&](Position place) {
        const std::size_t i = static_cast<std::size_t>(channel) * in.plane() +
                              static_cast<std::size_t>(place.y) * static_cast<std::size_t>(in.width) +
                              static_cast<std::size_t>(place.x);
        const bool covered = std::ranges::find(taps, place, &Tap::in_input) != taps.end();
        return Cell{exact_float(f.e.example->in[i]), covered ? "in" : ""};
      });
  const Tap& last = taps.back();
  p.y += in.height * kCellHeight + kGap;
  return plane + grid(p, f.cell, "kernel, channel " + std::to_string(channel),
                      {last.in_window.y + 1, last.in_window.x + 1}, [&](Position place) {
                        const auto i = std::ranges::find(taps, place, &Tap::in_window) - taps.begin();
                        return Cell{exact_float(f.worked.row[index * f.length + static_cast<std::size_t>(i)]),
                                    "kernel"};
                      });
}

Markup output_grid(const Figure& f, Point p) {
  const Shape& out = f.e.layer.out;
  return grid(p, f.cell, "output channel " + std::to_string(f.e.example->channel), {out.height, out.width},
              [&](Position place) {
                return Cell{exact(f.output(place.x, place.y)), place == f.here ? "out" : ""};
              });
}

// Draws the product: the kernel as a row and, below it, times the patches as columns, equals the outputs as a
// row.
Markup product(const Figure& f, Point p) {
  const Shape& out = f.e.layer.out;
  const int k = static_cast<int>(f.worked.column.size());
  const int n = static_cast<int>(out.plane());
  const auto place_of = [&](int j) { return Position{j / out.width, j % out.width}; };
  constexpr int kOperator = 30;
  Markup drawing = grid(
      p, f.cell,
      "kernel of channel " + std::to_string(f.e.example->channel) + " as a row, 1 x " + std::to_string(k),
      {1, k}, [&](Position place) {
        return Cell{exact_float(f.worked.row[static_cast<std::size_t>(place.x)]), "kernel"};
      });
  p.y += kCellHeight + kGap;
  drawing += label({p.x + kOperator / 2, p.y + 17}, "\u00d7", "operator");
  p.x += kOperator;
  drawing += grid(p, f.cell, "patches, " + std::to_string(k) + " x " + std::to_string(n), {k, n},
                  [&](Position place) {
                    const Position column = place_of(place.x);
                    const Tap tap = taps_of(f.e.layer, f.e.example->in, f.e.example->channel,
                                            column)[static_cast<std::size_t>(place.y)];
                    return Cell{exact_float(tap.value), column == f.here ? "in" : tap.pad ? "pad" : ""};
                  });
  p.x += f.width_of(n);
  drawing += label({p.x + kOperator / 2, p.y + 17}, "=", "operator");
  p.x += kOperator;
  return drawing + grid(p, f.cell, "output, 1 x " + std::to_string(n), {1, n}, [&](Position place) {
           const Position at = place_of(place.x);
           return Cell{exact(f.output(at.x, at.y)), at == f.here ? "out" : ""};
         });
}

std::string term(double value) { return value < 0 ? "(" + exact(value) + ")" : exact(value); }

// Returns a table with a row for each input channel, "1 * 1 + 0 * 2 + ... = -4", and a row for their sum.
Markup sums(const Figure& f) {
  const auto row = [](const std::string& name, const std::string& terms, const Markup& sum) {
    return element("tr", {},
                   {element("td", {}, name), element("td", {}, terms), element("td", {}, "= " + sum)});
  };
  const WorkedOut& worked = f.worked;
  Markup rows;
  std::string all;
  for (std::size_t c = 0; c < worked.product.channels.size(); ++c) {
    std::string products;
    for (std::size_t i = c * f.length; i < (c + 1) * f.length; ++i)
      products += (products.empty() ? "" : " + ") + term(static_cast<double>(worked.row[i])) + " * " +
                  term(static_cast<double>(worked.column[i].value)) +
                  (worked.column[i].pad ? " (padding)" : "");
    rows += row("input channel " + std::to_string(worked.column[c * f.length].channel), products,
                exact(worked.product.channels[c]));
    all += (all.empty() ? "" : " + ") + term(worked.product.channels[c]);
  }
  if (!f.e.example->bias.empty()) all += " + the bias " + exact_float(worked.bias);
  return element("table", {}, rows + row("output", all, element("b", {}, exact(worked.value()))));
}

}  // namespace

bool shows_numbers(const Explanation& e) {
  constexpr std::size_t kInput = 200;
  constexpr std::int64_t kRow = 32;
  constexpr std::int64_t kPlaces = 16;
  const auto g = gemm_size(e.layer);
  return std::holds_alternative<Conv>(e.layer.params) && e.layer.in.count() <= kInput && g->k <= kRow &&
         g->n <= kPlaces;
}

Markup number_figure(const Explanation& e, Position here) {
  const Figure f(e, here);
  const std::size_t channels = f.worked.product.channels.size();
  const Shape& in = e.layer.in;
  const Size2 kernel = std::get<Conv>(e.layer.params).kernel;
  const int k = static_cast<int>(f.worked.column.size());
  const int n = static_cast<int>(e.layer.out.plane());
  Markup drawing;
  Point p{1, 20};
  for (std::size_t c = 0; c < channels; ++c) {
    drawing += input_channel(f, c, p);
    p.x += f.width_of(std::max(in.width, kernel.w));
  }
  drawing += output_grid(f, p);
  const int top = 20 + std::max(in.height + kernel.h, e.layer.out.height) * kCellHeight + 3 * kGap;
  drawing += product(f, {1, top});
  const int width = std::max({p.x + f.width_of(e.layer.out.width), k * f.cell + 2, 2 * f.width_of(n) + 62});
  const int height = top + kCellHeight + kGap + k * kCellHeight + 4;
  const std::string place = "row " + std::to_string(here.y) + ", column " + std::to_string(here.x);
  return element("svg",
                 {{"class", "numbers"},
                  {"role", "img"},
                  {"aria-label", "The window at " + place},
                  {"viewBox", "0 0 " + std::to_string(width) + " " + std::to_string(height)},
                  {"style", "max-width: " + std::to_string(width) + "px"}},
                 drawing) +
         sums(f);
}

}  // namespace alexnet::app
