// The result of `alexnet evaluate` as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
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
  std::string place;               // folder or list of the images
  std::vector<std::size_t> truth;  // the right class of each image
  ModelEvaluation model;
  std::optional<ModelEvaluation> other;
};

// Returns tables of the accuracy, the confusions and the classes. Shows all classes if every_class is true or
// if there are at most 20, else only the ten with the lowest accuracy and the ten with the highest.
std::string evaluate_text(const EvaluateReport& report, bool every_class, const Style& style);

// Returns {"path", "images", "model", "read", "failed", "top1", "top5", "of_all", "calibration", "classes",
// "confused", "failures"}. With two models, "other" has the members from "model" on for the second, and
// "comparison" the changes.
nlohmann::ordered_json evaluate_json(const EvaluateReport& report);

}  // namespace alexnet::app
