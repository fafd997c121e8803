// The command `alexnet fetch`.
#pragma once

#include <string>

#include "fetch/fetch.hpp"
#include "print/text.hpp"

namespace alexnet::app {

struct FetchCommandOptions {
  std::string name;
  FetchOptions how;
  bool list = false;
  bool json = false;
};

// Lists the published models, or downloads one and converts it. Returns the exit status. Throws ModelError,
// UsageError and OutputError.
int run_fetch(const FetchCommandOptions& options, ColorMode color);

}  // namespace alexnet::app
