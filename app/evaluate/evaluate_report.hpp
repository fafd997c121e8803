// The result of `alexnet evaluate` as text and as JSON.
#pragma once

#include <string>

#include "evaluate/evaluate_result.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// Returns tables of the accuracy, the confusions and the classes. Classes without images are omitted. If more
// than 20 have images and every_class is false, only the ten with the lowest accuracy and the ten with the
// highest are shown.
std::string evaluate_text(const EvaluateResult& result, bool every_class, const Style& style);

// Returns one line of JSON without a newline: {"path", "images", "model", "read", "failed", "top1", "top5",
// "of_all", "calibration", "classes", "confused", "failures"}. With two models, "other" has the members from
// "model" on for the second, and "comparison" the changes.
std::string evaluate_json(const EvaluateResult& result);

}  // namespace alexnet::app
