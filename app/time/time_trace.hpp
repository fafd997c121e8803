// Trace of the passes that `alexnet time` measured.
#pragma once

#include <string>
#include <vector>

#include "alexnet/profile.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// Returns the text of a trace file. Each engine of the report is a process, and its pass begins at time 0.
// The track of the thread that ran the pass has the pass, the layers inside it, and this thread's tasks
// inside the layers. Each other thread has a track with its tasks. networks[i] and profiles[i] belong to
// report.engines[i]; each profile has a trace.
std::string time_trace(const TimeReport& report, const std::vector<const Network*>& networks,
                       const std::vector<Profile>& profiles);

}  // namespace alexnet::app
