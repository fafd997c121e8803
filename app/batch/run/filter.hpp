// Selects the predictions that a batch run writes.
#pragma once

#include <string>
#include <vector>

#include "network/model.hpp"
#include "run/record.hpp"

namespace alexnet::app {

struct Filter {
  double min_prob = 0.0;  // minimum probability of a prediction
  // Shell patterns. If there are any, predictions that match none of them are left out, and so are images
  // without a matching prediction. A pattern matches a class by its label, one of the names in the label
  // ("tabby, tabby cat" has two), its id or its index. Matching ignores case and the user's locale.
  std::vector<std::string> labels;

  // Throws UsageError if a pattern matches no class of the model.
  void require_classes(const Model& model) const;

  // Removes predictions from the record. Sets left_out if there are patterns and no prediction is left.
  void apply(Record& record, const Model& model) const;

  // Returns "'*cat*' or 'dog'", for example, with the labels escaped.
  std::string labels_text() const;
};

}  // namespace alexnet::app
