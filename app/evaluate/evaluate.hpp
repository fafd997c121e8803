// The command `alexnet evaluate`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alexnet/network.hpp"
#include "batch/run/pipeline.hpp"
#include "evaluate/truth.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct EvaluateOptions {
  std::string path;
  std::string images;
  ModelChoice model;
  std::string compare;
  std::optional<ClassOrder> class_order;
  EngineOptions engine;
  PipelineOptions run;  // its k stays 5, for the top-5 accuracy
  int threads = 0;
  bool every_class = false;
  bool json = false;
  std::vector<std::string> confusion;  // output files of the confusion matrix
};

// Classifies the labelled images with one or two models and prints how accurate they are. Returns the exit
// status. Throws ModelError, UsageError and OutputError.
int run_evaluate(const EvaluateOptions& options, ColorMode color);

}  // namespace alexnet::app
