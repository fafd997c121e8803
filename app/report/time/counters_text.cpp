#include "report/time/counters_text.hpp"

#include <cmath>

namespace alexnet::app {
namespace {

std::string count_text(const std::optional<double>& count) {
  return count ? grouped(std::llround(*count)) : "";
}

std::string table(const EngineTimes& e, const Style& style) {
  using enum Table::Align;
  Table table({{"layer"},
               {"type"},
               {"cycles", right},
               {"instructions", right},
               {"IPC", right},
               {"cache misses", right}});
  for (const LayerTime& l : e.layers) {
    if (!l.fused_into.empty()) continue;
    const auto& [cycles, instructions, misses] = l.counts;
    const bool both = cycles && instructions && *cycles > 0.0;
    table.add({printable(l.name), l.kind, count_text(cycles), count_text(instructions),
               both ? number(*instructions / *cycles) : "", count_text(misses)},
              tint_of(l.kind));
  }
  return table.text(style);
}

}  // namespace

bool has_counts(const TimeReport& r) { return r.counters_refusal && r.counters_refusal->empty(); }

std::string counters_text(const TimeReport& r, const Style& style) {
  if (!r.counters_refusal) return "";
  if (!has_counts(r)) return "hardware counters: " + printable(*r.counters_refusal) + "\n";
  std::string text;
  for (const EngineTimes& e : r.engines)
    text += "\nhardware counters" + (r.engines.size() > 1 ? ", " + e.engine : std::string()) +
            ": all threads, outside the kernel\n" + table(e, style);
  return text;
}

nlohmann::ordered_json counts_json(const Counts& counts) {
  nlohmann::ordered_json json;
  for (std::size_t i = 0; i < counts.size(); ++i)
    json[kCounterNames[i]] = counts[i] ? nlohmann::ordered_json(*counts[i]) : nlohmann::ordered_json();
  return json;
}

}  // namespace alexnet::app
