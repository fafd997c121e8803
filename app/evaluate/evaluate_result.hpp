// The result of `alexnet evaluate`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alexnet/analysis.hpp"
#include "alexnet/model.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// The result of one model.
struct ModelEvaluation {
  std::string name;  // as on the command line
  const Model* model = nullptr;
  std::vector<Record> records;  // in the list's order
  Evaluation evaluation;
};

struct EvaluateResult {
  std::string path;                // folder or list of the images
  std::vector<std::size_t> truth;  // the right class of each image
  ModelEvaluation model;
  std::optional<ModelEvaluation> other;
};

}  // namespace alexnet::app
