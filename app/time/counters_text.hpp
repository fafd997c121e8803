// What the CPU counted, layer by layer.
#pragma once

#include "time/time_report.hpp"

namespace alexnet::app {

bool has_counts(const TimeReport& report);
// The layers' counts, or why there are none; "" where they were not asked for.
std::string counters_text(const TimeReport& report, const Style& style);

// What is shown of a layer's counts, by its name: "cycles", "instructions", "ipc" (instructions per cycle), "cache_misses".
using CountFigures = std::vector<std::pair<const char*, std::optional<double>>>;
CountFigures count_figures(const Counts& counts);
// "2,000,000", "2.50" for ipc, or "".
std::string count_text(const CountFigures::value_type& figure);
// Null where the CPU has no such counter.
nlohmann::ordered_json counts_json(const Counts& counts);

}  // namespace alexnet::app
