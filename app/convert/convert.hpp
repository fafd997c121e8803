// The command `alexnet convert`.
#pragma once

#include <string>

#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct ConvertOptions {
  ModelChoice model;
  std::string output;
  std::string dtype;  // "f32", "f16", "bf16" or "i8"; "": the default
  std::string check;  // a folder of photos, or "" for no check
  bool overwrite = false;
};

// Writes the model and, if the options say so, compares both models. Returns the exit status. Throws
// ModelError, UsageError and OutputError.
int run_convert(const ConvertOptions& options, ColorMode color);

}  // namespace alexnet::app
