// Names of a model's classes.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/model.hpp"

namespace alexnet {

// Returns a label up to its first comma: "tabby" of "tabby, tabby cat".
std::string short_name(const std::string& label);

// Returns the label of a prediction, or null if the model has no labels.
const Label* label_of(const Model& model, const Prediction& p);

// Finds classes by the names that people give them in folders, lists and options.
class ClassNames {
 public:
  explicit ClassNames(const Model& model);

  // Returns the class with this id, else this label, else this label up to its first comma ("tabby" for "tabby, tabby
  // cat"), else this index, from 0. A to Z are a to z in labels. Throws std::runtime_error if there is none, with the most
  // similar name, and if several classes have the label.
  std::size_t find(std::string_view name) const;
  // Returns the same, or nothing if there is none.
  std::optional<std::size_t> find_if_known(std::string_view name) const;

  // Returns the id or label, or the label up to its first comma, that is most like the name; "" if none is near.
  std::string most_similar(std::string_view name) const;

 private:
  using Names = std::multimap<std::string, std::size_t>;

  std::string model_;
  std::size_t classes_;
  std::size_t longest_;  // of all names, in bytes
  std::vector<Label> labels_;
  Names ids_, texts_, short_texts_;  // labels in small letters
};

}  // namespace alexnet
