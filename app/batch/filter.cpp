#include "batch/filter.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>

namespace alexnet::app {
namespace {

// A label's text as a whole, each of its names ("tabby, tabby cat" has two), its id or the class's index, in any case.
bool fits(const std::string& pattern, const Model& model, const Prediction& p) {
  const auto is = [&](const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
  };
  if (is(std::to_string(p.index))) return true;
  if (model.labels.empty()) return false;
  const Label& label = model.labels[p.index];
  if (is(label.text) || (!label.id.empty() && is(label.id))) return true;
  std::istringstream names(label.text);
  for (std::string name; std::getline(names >> std::ws, name, ',');)
    if (is(name)) return true;
  return false;
}

}  // namespace

void Filter::apply(Record& record, const Model& model) const {
  std::erase_if(record.predictions, [&](const Prediction& p) {
    return static_cast<double>(p.probability) < min_prob || (!label.empty() && !fits(label, model, p));
  });
  record.left_out = !label.empty() && !record.failed() && record.predictions.empty();
}

}  // namespace alexnet::app
