// A time report as one page.
#pragma once

#include <string>

#include "time/time_report.hpp"

namespace alexnet::app {

// Each number stands as the text has it, and exactly in the attribute data-value.
std::string time_page(const TimeReport& report);

}  // namespace alexnet::app
