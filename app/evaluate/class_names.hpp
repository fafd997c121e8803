// What the classes of a model are called in folders and lists.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "network/model.hpp"

namespace alexnet::app {

class ClassNames {
 public:
  explicit ClassNames(const Model& model);

  // The class with this id, else this label, else this label up to its first comma ("tabby" for "tabby, tabby cat"),
  // else this index, from 0. A to Z are a to z in labels. Throws std::runtime_error where there is none, with the most
  // similar name, and where a label is that of several classes.
  std::size_t find(std::string_view name) const;

 private:
  using Names = std::multimap<std::string, std::size_t>;

  std::string most_similar(const std::string& name) const;

  std::string model_;
  std::size_t classes_;
  std::vector<Label> labels_;
  Names ids_, texts_, short_texts_;  // labels in small letters
};

}  // namespace alexnet::app
