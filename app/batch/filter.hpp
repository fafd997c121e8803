// Which answers a batch run writes.
#pragma once

#include <string>

#include "network/model.hpp"
#include "report/record.hpp"

namespace alexnet::app {

struct Filter {
  double min_prob = 0.0;  // answers below it are left out
  std::string
      label;  // a pattern as the shell's; images without an answer that it fits are left out, and other answers

  void apply(Record& record, const Model& model) const;
};

}  // namespace alexnet::app
