// The command `alexnet filters`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "run/session.hpp"

namespace alexnet::app {

struct FiltersOptions {
  ModelChoice model;
  std::optional<std::uint64_t> seed;
  std::string layer;
  std::optional<int> kernels, channels;
  int zoom = 0;
  std::string output;
};

// Draws the kernels of the convolution. Returns the exit status. Throws ModelError, UsageError and
// OutputError.
int run_filters(const FiltersOptions& options);

}  // namespace alexnet::app
