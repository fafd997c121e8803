// The command `alexnet time`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alexnet/network.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct TimeOptions {
  ModelChoice model;
  std::vector<EngineKind> engines{default_engine()};
  ConvMethod conv = ConvMethod::automatic;
  std::optional<std::string> image;
  int runs = 20;
  int warmup = 3;
  int batch = 1;
  int threads = 0;
  bool counters = false;
  std::optional<std::uint64_t> seed;
  bool json = false;
  bool csv = false;
  std::string html;
  std::string svg;
  std::string trace;
  std::string from;
  std::string compare;
};

// Measures the engines, or reads a saved report, and writes the report to standard output and to the files of
// the options. Returns the exit status. Throws ModelError, UsageError and OutputError.
int run_time(const TimeOptions& options, ColorMode color);

}  // namespace alexnet::app
