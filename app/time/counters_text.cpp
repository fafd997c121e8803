#include "time/counters_text.hpp"

#include <cmath>

#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

std::string table(const EngineTimes& e, const Style& style) {
  using enum Table::Align;
  Table table({{"layer"},
               {"type", left, {}, 3},
               {"cycles", right},
               {"instructions", right, {}, 2},
               {"IPC", right},
               {"cache misses", right, {}, 1}});
  for (const LayerTime& l : e.layers) {
    if (!l.fused_into.empty()) continue;
    std::vector<std::string> cells{escape_for_terminal(l.name), l.kind};
    for (const auto& figure : count_figures(l.counts)) cells.push_back(count_text(figure));
    table.add(std::move(cells), tint_of(l.kind));
  }
  return table.text(style);
}

}  // namespace

bool has_counts(const TimeReport& r) { return r.counters_refusal && r.counters_refusal->empty(); }

std::string counters_text(const TimeReport& r, const Style& style) {
  if (!r.counters_refusal) return "";
  if (!has_counts(r))
    return wrapped("hardware counters: " + escape_for_terminal(*r.counters_refusal), style.columns) + "\n";
  std::string text;
  for (const EngineTimes& e : r.engines)
    text += "\nhardware counters" + (r.engines.size() > 1 ? ", " + e.engine : std::string()) +
            ": all threads, outside the kernel\n" + table(e, style);
  return text;
}

CountFigures count_figures(const Counts& counts) {
  const auto& [cycles, instructions, misses] = counts;
  std::optional<double> ipc;
  if (instructions && cycles.value_or(0.0) > 0.0) ipc = *instructions / *cycles;
  return {
      {kCounterNames[0], cycles}, {kCounterNames[1], instructions}, {"ipc", ipc}, {kCounterNames[2], misses}};
}

std::string count_text(const CountFigures::value_type& figure) {
  const auto& [name, count] = figure;
  if (!count) return "";
  return std::string_view(name) == "ipc" ? number(*count) : grouped(std::llround(*count));
}

}  // namespace alexnet::app
