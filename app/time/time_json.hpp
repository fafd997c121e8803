// A time report as JSON; read_time_report() reads it back.
#pragma once

#include <string>

#include "time/time_report.hpp"

namespace alexnet::app {

// Returns one line without a newline. The members of a single engine are at the top level. Two engines are in
// the array "engines", and "comparison" has the ratios.
std::string time_json(const TimeReport& report);

}  // namespace alexnet::app
