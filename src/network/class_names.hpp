// The names of a model's classes, and classes by name.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/model.hpp"

namespace alexnet {

// Returns a label up to its first comma: "tabby" for "tabby, tabby cat".
std::string short_name(const std::string& label);

// Returns the label of a class or a prediction, or null if the model has no labels. The model owns the label.
const Label* label_of(const Model& model, std::size_t index);
const Label* label_of(const Model& model, const Prediction& p);

// Returns the name of a class without a label: "class 281".
std::string class_name(std::size_t index);
// Returns the text of the class's label, or "class 281" if the model has no labels. Escapes nothing.
std::string class_name(const Model& model, std::size_t index);

// Finds classes by the names that users give to folders and write in lists. Not for patterns such as "*cat*".
// Independent of the model after construction.
class ClassNames {
 public:
  explicit ClassNames(const Model& model);

  // Returns the index of the class that `name` names. Tries ids, then labels, then labels up to their first
  // comma ("tabby" for "tabby, tabby cat"), then the index itself, from 0. Ignores the case of ASCII letters
  // in labels. Throws UsageError if no class matches, with the most similar name, or if several
  // classes have that name.
  std::size_t find(std::string_view name) const;
  // Returns the same, or none if no class matches. Throws UsageError if several classes match.
  std::optional<std::size_t> find_if_known(std::string_view name) const;

  // Returns the same without trying the name as an index.
  std::optional<std::size_t> find_label(std::string_view name) const;
  // Number of classes.
  std::size_t count() const { return classes_; }

  // Returns the most similar id, label or label up to its first comma, as the model spells it. Returns "" if
  // none is similar; see nearest().
  std::string most_similar(std::string_view name) const;

 private:
  using Names = std::multimap<std::string, std::size_t>;

  std::string model_;
  std::size_t classes_;
  std::size_t longest_;  // length of the longest name, in bytes
  std::vector<Label> labels_;
  Names ids_, texts_, short_texts_;  // texts in lower case
};

}  // namespace alexnet
