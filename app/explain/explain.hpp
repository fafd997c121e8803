// The command `alexnet explain`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "explain/explanation.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct ExplainOptions {
  ModelChoice model;
  std::optional<std::uint64_t> seed;
  std::string layer;
  std::optional<std::string> image;
  OutputChoice output;
  Reading reading;
  std::string html;
  bool json = false;
  int threads = 0;
};

// Prints how the layer computes its output. Returns the exit status. Throws ModelError, UsageError and
// OutputError.
int run_explain(const ExplainOptions& options, ColorMode color);

}  // namespace alexnet::app
