// The machine and the versions that a run is measured with.
#pragma once

#include "time/time_report.hpp"

namespace alexnet::app {

// Returns the current date (UTC), the CPU and the versions of this program and its libraries.
Facts run_facts();

}  // namespace alexnet::app
