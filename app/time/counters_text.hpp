// Hardware counters of each layer.
#pragma once

#include "print/text.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

bool has_counts(const TimeReport& report);
// Returns a table of the layers' counts, or the reason why there are none. Returns "" if they were not
// requested.
std::string counters_text(const TimeReport& report, const Style& style);

// A layer's figures by name: "cycles", "instructions", "ipc" (instructions per cycle), "cache_misses".
// A figure is empty if the CPU has no such counter.
using CountFigures = std::vector<std::pair<const char*, std::optional<double>>>;
CountFigures count_figures(const Counts& counts);
// Returns "2,000,000", "2.50" for ipc, or "" for an empty figure.
std::string count_text(const CountFigures::value_type& figure);

}  // namespace alexnet::app
