// Which answers a batch run writes.
#pragma once

#include <string>
#include <vector>

#include "network/model.hpp"
#include "run/record.hpp"

namespace alexnet::app {

struct Filter {
  double min_prob = 0.0;  // answers below it are left out
  // Shell patterns. If there are any, answers that fit none of them are left out, and so are images without an answer. A
  // pattern fits a class by its label, one of the label's names ("tabby, tabby cat" has two), its id or its index, in any
  // case. The user's locale does not matter.
  std::vector<std::string> labels;

  // Throws std::runtime_error if a pattern fits no class of the model.
  void require_classes(const Model& model) const;

  void apply(Record& record, const Model& model) const;

  // "'*cat*' or 'dog'"
  std::string labels_text() const;
};

}  // namespace alexnet::app
