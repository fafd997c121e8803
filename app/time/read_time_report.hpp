// A time report from the JSON of an earlier run.
#pragma once

#include <string>

#include "time/time_report.hpp"

namespace alexnet::app {

// Exactly what time_json() was given. Throws ModelError, "file: field: reason".
TimeReport read_time_report(const std::string& file);

}  // namespace alexnet::app
