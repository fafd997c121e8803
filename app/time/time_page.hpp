// A time report as an HTML page.
#pragma once

#include <string>

#include "time/time_report.hpp"

namespace alexnet::app {

// Returns the page. Numbers are rounded like those of the text; the attribute data-value has them exactly.
std::string time_page(const TimeReport& report);

}  // namespace alexnet::app
