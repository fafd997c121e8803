// With what a run is measured.
#pragma once

#include "time/time_report.hpp"

namespace alexnet::app {

Facts run_facts();

}  // namespace alexnet::app
