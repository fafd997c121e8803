// What `alexnet evaluate` found, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/accuracy.hpp"
#include "network/model.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// One model's part.
struct ModelEvaluation {
  std::string name;  // as the user calls it
  const Model* model = nullptr;
  std::vector<Record> records;  // in the list's order
  Evaluation evaluation;
};

struct EvaluateReport {
  std::string place;               // where the images are
  std::vector<std::size_t> truth;  // the right class of each
  ModelEvaluation model;
  std::optional<ModelEvaluation> other;
};

// every_class: not only the ten classes that the model knows least and those it knows best.
std::string evaluate_text(const EvaluateReport& report, bool every_class, const Style& style);

// {"path", "images", "model", "read", "failed", "top1", "top5", "of_all", "calibration", "classes", "confused",
// "failures"}; of two models, "other" holds the members from "model" on for the second, and "comparison" what changed.
nlohmann::ordered_json evaluate_json(const EvaluateReport& report);

}  // namespace alexnet::app
