#include <cmath>
#include <functional>

#include "explain/explain_figures.hpp"
#include "explain/explain_report.hpp"
#include "print/html.hpp"

namespace alexnet::app {
namespace {

constexpr int kCellWidth = 34;
constexpr int kCellHeight = 22;
constexpr int kGap = 34;
constexpr int kTitleWidth = 170;  // width of the longest title

std::string at(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

// A position in pixels.
struct Point {
  int x = 0;
  int y = 0;
};

std::string label(Point p, const std::string& text, const char* kind = "") {
  return std::string("<text class=\"") + kind + "\"" + at("x", p.x) + at("y", p.y) + ">" +
         html_escaped(text) + "</text>";
}

struct Cell {
  std::string text;
  const char* kind = "";  // CSS class
};

// Draws cells in rows and columns, with a title above.
std::string grid(Point p, const std::string& title, Size2 size, const std::function<Cell(Place)>& cell_at) {
  std::string text = label({p.x, p.y - 6}, title, "title");
  for (int y = 0; y < size.h; ++y)
    for (int x = 0; x < size.w; ++x) {
      const Cell cell = cell_at({y, x});
      text += std::string("<rect class=\"cell ") + cell.kind + "\"" + at("x", p.x + x * kCellWidth) +
              at("y", p.y + y * kCellHeight) + at("width", kCellWidth) + at("height", kCellHeight) + "/>";
      text += label({p.x + x * kCellWidth + kCellWidth / 2, p.y + y * kCellHeight + 15}, cell.text, "number");
    }
  return text;
}

std::string exact_float(float value) { return exact(static_cast<double>(value)); }

// Draws one input channel with the window on it, and the kernel's part for it below.
std::string input_channel(const Explanation& e, const WorkedOut& worked, std::size_t index,
                          std::size_t length, Point p) {
  const Shape& in = e.layer.in;
  const auto taps = std::span(worked.column).subspan(index * length, length);
  const int channel = taps.front().channel;
  std::string text =
      grid(p, "input channel " + std::to_string(channel), {in.height, in.width}, [&](Place place) {
        const std::size_t i = static_cast<std::size_t>(channel) * in.plane() +
                              static_cast<std::size_t>(place.y) * static_cast<std::size_t>(in.width) +
                              static_cast<std::size_t>(place.x);
        const bool covered = std::ranges::find(taps, place, &Tap::in_input) != taps.end();
        return Cell{exact_float(e.example->in[i]), covered ? "in" : ""};
      });
  const Tap& last = taps.back();
  p.y += in.height * kCellHeight + kGap;
  return text +
         grid(p, "kernel, channel " + std::to_string(channel), {last.in_window.y + 1, last.in_window.x + 1},
              [&](Place place) {
                const auto i = std::ranges::find(taps, place, &Tap::in_window) - taps.begin();
                return Cell{exact_float(worked.row[index * length + static_cast<std::size_t>(i)]), "kernel"};
              });
}

std::string output_grid(const Explanation& e, Place here, Point p) {
  const Shape& out = e.layer.out;
  return grid(p, "output channel " + std::to_string(e.example->channel), {out.height, out.width},
              [&](Place place) {
                return Cell{exact(work_out(e.layer, *e.example, e.example->channel, place).value()),
                            place == here ? "out" : ""};
              });
}

// Draws the product: the kernel as a row, times the patches as columns, equals the outputs as a row.
std::string product(const Explanation& e, const WorkedOut& worked, Place here, Point p) {
  const Shape& out = e.layer.out;
  const int k = static_cast<int>(worked.column.size());
  const int n = static_cast<int>(out.plane());
  const auto place_of = [&](int j) { return Place{j / out.width, j % out.width}; };
  const std::string channel = std::to_string(e.example->channel);
  std::string text = grid(p, "kernel of channel " + channel + " as a row, 1 x " + std::to_string(k), {1, k},
                          [&](Place place) {
                            return Cell{exact_float(worked.row[static_cast<std::size_t>(place.x)]), "kernel"};
                          });
  p.x += k * kCellWidth + 10;
  text += label({p.x, p.y + 15}, "*");
  p.x += 18;
  text += grid(
      p, "patches as columns, " + std::to_string(k) + " x " + std::to_string(n), {k, n}, [&](Place place) {
        const Place column = place_of(place.x);
        const Tap tap =
            taps_of(e.layer, e.example->in, e.example->channel, column)[static_cast<std::size_t>(place.y)];
        return Cell{exact_float(tap.value), column == here ? "in" : tap.pad ? "pad" : ""};
      });
  p.x += std::max(n * kCellWidth, kTitleWidth) + 10;
  text += label({p.x, p.y + 15}, "=");
  p.x += 18;
  return text + grid(p, "output, 1 x " + std::to_string(n), {1, n}, [&](Place place) {
           const WorkedOut other = work_out(e.layer, *e.example, e.example->channel, place_of(place.x));
           return Cell{exact(other.value()), place_of(place.x) == here ? "out" : ""};
         });
}

std::string term(double value) { return value < 0 ? "(" + exact(value) + ")" : exact(value); }

// Returns a table with a row for each input channel, "1 * 1 + 0 * 2 + ... = -4", and a row for their sum.
std::string sums(const Explanation& e, const WorkedOut& worked, std::size_t length) {
  std::string text = "<table>";
  for (std::size_t c = 0; c < worked.product.channels.size(); ++c) {
    std::string products;
    for (std::size_t i = c * length; i < (c + 1) * length; ++i)
      products += (products.empty() ? "" : " + ") + term(static_cast<double>(worked.row[i])) + " * " +
                  term(static_cast<double>(worked.column[i].value)) + (worked.column[i].pad ? " (pad)" : "");
    text += "<tr><td>input channel " + std::to_string(worked.column[c * length].channel) + "</td><td>" +
            html_escaped(products) + "</td><td>= " + exact(worked.product.channels[c]) + "</td></tr>";
  }
  std::string all;
  for (const double sum : worked.product.channels) all += (all.empty() ? "" : " + ") + term(sum);
  return text + "<tr><td>output</td><td>" + all +
         (e.example->bias.empty() ? "" : " + the bias " + exact_float(worked.bias)) + "</td><td>= <b>" +
         exact(worked.value()) + "</b></td></tr></table>";
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

std::string number_figure(const Explanation& e, Place here) {
  const WorkedOut worked = work_out(e.layer, *e.example, e.example->channel, here);
  const std::size_t channels = worked.product.channels.size();
  const std::size_t length = worked.column.size() / channels;
  const Shape& in = e.layer.in;
  const Size2 kernel = std::get<Conv>(e.layer.params).kernel;
  const int k = static_cast<int>(worked.column.size());
  const int n = static_cast<int>(e.layer.out.plane());
  std::string drawing;
  Point p{1, 20};
  for (std::size_t c = 0; c < channels; ++c) {
    drawing += input_channel(e, worked, c, length, p);
    p.x += std::max(in.width, std::max(kernel.w, 4)) * kCellWidth + kGap;
  }
  drawing += output_grid(e, here, p);
  const int right = p.x + std::max(e.layer.out.width, 4) * kCellWidth;
  const int top = 20 + std::max(in.height + kernel.h, e.layer.out.height) * kCellHeight + 3 * kGap;
  drawing += product(e, worked, here, {1, top});
  const int width = std::max(right, k * kCellWidth + 2 * std::max(n * kCellWidth, kTitleWidth) + 80);
  const int height = top + k * kCellHeight + 4;
  const std::string place = "row " + std::to_string(here.y) + ", column " + std::to_string(here.x);
  return R"(<div class="scroll"><svg role="img" aria-label="The window at )" + place + "\" viewBox=\"0 0 " +
         std::to_string(width) + " " + std::to_string(height) + "\" style=\"width: " + std::to_string(width) +
         "px\">" + drawing + "</svg></div>\n" + sums(e, worked, length);
}

}  // namespace alexnet::app
