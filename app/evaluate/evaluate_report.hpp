// The result of `alexnet evaluate` as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alexnet/analysis.hpp"
#include "network/model.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// The result of one model.
struct ModelEvaluation {
  std::string name;  // as on the command line
  const Model* model = nullptr;
  std::vector<Record> records;  // in the list's order
  Evaluation evaluation;
};

struct EvaluateReport {
  std::string path;                // folder or list of the images
  std::vector<std::size_t> truth;  // the right class of each image
  ModelEvaluation model;
  std::optional<ModelEvaluation> other;
};

// Returns tables of the accuracy, the confusions and the classes. Classes without images are omitted. If more
// than 20 have images and every_class is false, only the ten with the lowest accuracy and the ten with the
// highest are shown.
std::string evaluate_text(const EvaluateReport& report, bool every_class, const Style& style);

// Returns one line of JSON without a newline: {"path", "images", "model", "read", "failed", "top1", "top5",
// "of_all", "calibration", "classes", "confused", "failures"}. With two models, "other" has the members from
// "model" on for the second, and "comparison" the changes.
std::string evaluate_json(const EvaluateReport& report);

}  // namespace alexnet::app
