// The passes that `alexnet time` measured, as a trace.
#pragma once

#include <string>
#include <vector>

#include "network/profiler.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// The text of a trace file: a process for each of the report's engines, whose pass begins at 0: on the thread that ran it the pass, the
// layers inside, and inside those its share of their loops; on a track for each other thread what that one did of them.
// profiles: of those engines, with traces.
std::string time_trace(const TimeReport& report, const std::vector<const Network*>& networks,
                       const std::vector<Profile>& profiles);

}  // namespace alexnet::app
