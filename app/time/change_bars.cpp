#include "time/time_figures.hpp"

#include <algorithm>
#include <cmath>

#include "time/time_changes.hpp"

namespace alexnet::app {
namespace {

struct ChangeRow {
  std::string name;
  Change change;
};

}  // namespace

Drawing change_bars(const TimeReport& report, std::size_t engine, const std::string& id) {
  constexpr double kWidth = 640;
  constexpr double kRight = 480;
  constexpr double kRow = 24;
  constexpr double kTop = 30;
  const Changes all = changes(report, engine);
  std::vector<ChangeRow> rows;
  for (const Change& change : all.layers)
    rows.push_back({escape_for_terminal(report.engines[engine].layers[change.first].name), change});
  rows.push_back({"plain pass", all.plain});
  std::erase_if(rows, [](const ChangeRow& row) { return change_text(row.change).empty(); });
  double largest = 0.01;
  std::size_t letters = 0;
  for (const ChangeRow& row : rows) {
    largest = std::max(largest, std::abs(row.change.change()));
    letters = std::max(letters, width(abridged(row.name, kLongestName)));
  }
  const double left = 16 + 7.2 * static_cast<double>(letters);
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  const double zero = (left + kRight) / 2;
  const double scale = (kRight - left) / 2 / largest;
  const double step = round_step(largest, 3);
  Markup drawing{svg_text(left, kTop - 18, "faster", "start", "faint"),
                 svg_text(kRight, kTop - 18, "slower", "end", "faint")};
  for (int i = -3; i <= 3; ++i) {
    if (std::abs(i) * step > largest) continue;
    const double x = zero + i * step * scale;
    drawing += svg_line(x, kTop - 2, x, bottom, i == 0 ? "axis" : "grid") +
               svg_text(x, kTop - 6, px(100 * i * step) + " %", "middle", "faint n small");
  }
  double y = kTop;
  for (const ChangeRow& row : rows) {
    const double change = row.change.change();
    const double end = zero + change * scale;
    const double middle = y + kRow / 2;
    const std::string cause = cause_text(row.change.cause);
    const std::string text = change_text(row.change) + (cause.empty() ? "" : " (" + cause + ")");
    drawing +=
        element("g", {{"data-name", row.name}, {"data-value", exact_digits(change)}},
                {element("title", {},
                         row.name + ": " + number(row.change.before_ms) + " ms before, now " +
                             number(row.change.after_ms) + " ms, " + text),
                 svg_text(left - 8, middle + 4, abridged(row.name, kLongestName), "end"),
                 svg_rect(std::min(zero, end), y + 4, std::max(1.0, std::abs(end - zero)), kRow - 8,
                          std::string(change < 0 ? "faster" : "slower") + (cause.empty() ? "" : " noise")),
                 svg_text(kRight + 10, middle + 4, text, "start", "n")});
    y += kRow;
  }
  return {id + "-changes",
          "Bars of the change of each layer",
          kWidth,
          bottom + 8,
          drawing,
          "The change of each median since before. A bar is pale if the change is inside the noise of the "
          "runs, or if "
          "the machine itself changed by more."};
}

}  // namespace alexnet::app
