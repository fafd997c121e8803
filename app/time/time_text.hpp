// The result of `alexnet time` as text and CSV.
#pragma once

#include <string>

#include "print/text.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// Returns a table of the layers of one engine, or of two side by side, and then the changes since `before`.
std::string time_text(const TimeReport& report, const Style& style);
// Returns a header and a row for each engine and layer. The ratio is in the second engine's rows, at the
// first layer of each Block.
std::string time_csv(const TimeReport& report);

}  // namespace alexnet::app
