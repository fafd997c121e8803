// What the CPU counted, layer by layer.
#pragma once

#include "report/time/time_report.hpp"

namespace alexnet::app {

bool has_counts(const TimeReport& report);
// The layers' counts, or why there are none; "" where they were not asked for.
std::string counters_text(const TimeReport& report, const Style& style);
// {"cycles", "instructions", "cache_misses"}, null where the CPU has no such counter.
nlohmann::ordered_json counts_json(const Counts& counts);

}  // namespace alexnet::app
