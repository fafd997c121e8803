#include "batch/run/filter.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <clocale>
#include <sstream>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"
#include "network/class_names.hpp"

namespace alexnet::app {
namespace {

// Sets the thread's locale to C.UTF-8, or to C if that does not exist, while it lives. fnmatch() ignores case
// by the rules of the thread's locale, and in Turkish I and i are different letters.
class FixedLocale {
 public:
  FixedLocale() : before_(uselocale(fixed())) {}
  FixedLocale(const FixedLocale&) = delete;
  FixedLocale& operator=(const FixedLocale&) = delete;
  ~FixedLocale() { uselocale(before_); }

 private:
  static locale_t fixed() {
    static const locale_t kFixed = [] {
      const locale_t utf8 = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
      return utf8 != nullptr ? utf8 : newlocale(LC_ALL_MASK, "C", nullptr);
    }();
    return kFixed;
  }

  locale_t before_;
};

bool fits(const std::string& pattern, const Model& model, std::size_t index) {
  const FixedLocale locale;
  const auto is = [&](const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
  };
  if (is(std::to_string(index))) return true;
  if (model.labels.empty()) return false;
  const Label& label = model.labels[index];
  if (is(label.text) || (!label.id.empty() && is(label.id))) return true;
  std::istringstream names(label.text);
  for (std::string name; std::getline(names >> std::ws, name, ',');)
    if (is(name)) return true;
  return false;
}

bool fits_a_class(const std::string& pattern, const Model& model) {
  const std::size_t classes = model.description.layers.back().out.count();
  for (std::size_t i = 0; i < classes; ++i)
    if (fits(pattern, model, i)) return true;
  return false;
}

}  // namespace

void Filter::require_classes(const Model& model) const {
  for (const std::string& label : labels) {
    if (fits_a_class(label, model)) continue;
    const std::string wider = "*" + label + "*";
    const std::string like = label.empty()                ? ""
                             : fits_a_class(wider, model) ? wider
                                                          : ClassNames(model).most_similar(label);
    throw UsageError("--label: " + in_quotes(label) + " matches no class of " + model.description.name +
                     (model.labels.empty() ? "; the model has no labels, use the index of a class"
                      : like.empty() ? "; use a whole label, an id, an index or a pattern such as '*cat*'"
                                     : did_you_mean(like)));
  }
}

void Filter::apply(Record& record, const Model& model) const {
  std::erase_if(record.predictions, [&](const Prediction& p) {
    const auto fits_it = [&](const std::string& label) { return fits(label, model, p.index); };
    return static_cast<double>(p.probability) < min_prob ||
           (!labels.empty() && std::ranges::none_of(labels, fits_it));
  });
  record.left_out = !labels.empty() && !record.failed() && record.predictions.empty();
}

std::string Filter::labels_text() const {
  std::string text;
  for (const std::string& label : labels) text += (text.empty() ? "" : " or ") + in_quotes(label);
  return text;
}

}  // namespace alexnet::app
