// Reads a time report from the JSON of an earlier run.
#pragma once

#include <string>

#include "time/time_report.hpp"

namespace alexnet::app {

// Returns the report that time_json() wrote. Shares are computed again from the times. Throws ModelError
// ("file: field: reason") if the file is not such a report.
TimeReport read_time_report(const std::string& file);

}  // namespace alexnet::app
