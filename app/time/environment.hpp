// The machine and the versions that a run is measured with.
#pragma once

#include <string>

namespace alexnet::app {

// The machine and the versions that a report was measured with.
struct Environment {
  std::string date;  // "2026-11-21T16:55:01Z"
  std::string cpu;
  std::string cpu_level;
  std::string version;
  std::string eigen;
  std::string opencv;
};

// Returns the current date (UTC), the CPU and the versions of this program and its libraries.
Environment current_environment();

}  // namespace alexnet::app
