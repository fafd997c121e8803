// The command `alexnet classify`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "alexnet/network.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct ClassifyOptions {
  std::vector<std::string> images;
  ModelChoice model;
  EngineOptions engine;
  std::size_t k = 5;
  Reading reading;
  bool time = false;
  bool json = false;
  std::string dump_input;
  std::string why;
  int threads = 0;
};

// Classifies the images and prints the predictions. Returns the exit status. Throws ModelError, UsageError
// and OutputError.
int run_classify(const ClassifyOptions& options, ColorMode color);

}  // namespace alexnet::app
