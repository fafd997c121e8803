#include "network/class_names.hpp"

#include <algorithm>
#include <charconv>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kLongestIndex = 32;  // bytes, including leading zeros

std::optional<std::size_t> as_index(std::string_view name) {
  std::size_t index = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, index);
  if (error != std::errc() || stop != end) return std::nullopt;
  return index;
}

}  // namespace

std::string short_name(const std::string& label) { return label.substr(0, label.find(',')); }

const Label* label_of(const Model& model, std::size_t index) {
  return model.labels.empty() ? nullptr : &model.labels[index];
}

const Label* label_of(const Model& model, const Prediction& p) { return label_of(model, p.index); }

std::string class_name(std::size_t index) { return "class " + std::to_string(index); }

std::string class_name(const Model& model, std::size_t index) {
  const Label* const label = label_of(model, index);
  return label == nullptr ? class_name(index) : label->text;
}

ClassNames::ClassNames(const Model& model)
    : model_(escape_for_terminal(model.description.name)),
      classes_(model.description.layers.back().out.count()),
      longest_(kLongestIndex),
      labels_(model.labels) {
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (!labels_[i].id.empty()) ids_.emplace(labels_[i].id, i);
    const std::string text = to_lower_ascii(labels_[i].text);
    longest_ = std::max({longest_, labels_[i].id.size(), text.size()});
    texts_.emplace(text, i);
    if (const std::string first = short_name(text); first != text) short_texts_.emplace(first, i);
  }
}

std::optional<std::size_t> ClassNames::find_label(std::string_view name) const {
  if (name.size() > longest_) return std::nullopt;
  const std::string small = to_lower_ascii(name);
  for (const auto& [names, word] :
       {std::pair{&ids_, std::string(name)}, {&texts_, small}, {&short_texts_, small}}) {
    const auto [first, last] = names->equal_range(word);
    if (first == last) continue;
    if (const auto second = std::next(first); second != last)
      throw UsageError(in_quotes(name) + " names the classes " + std::to_string(first->second) + " and " +
                       std::to_string(second->second) + " of " + model_ + "; use the id or the index");
    return first->second;
  }
  return std::nullopt;
}

std::optional<std::size_t> ClassNames::find_if_known(std::string_view name) const {
  if (const auto found = find_label(name)) return found;
  const std::optional<std::size_t> index = name.size() > longest_ ? std::nullopt : as_index(name);
  return index && *index < classes_ ? index : std::nullopt;
}

std::size_t ClassNames::find(std::string_view name) const {
  if (const auto found = find_if_known(name)) return *found;
  if (as_index(name))
    throw UsageError(in_quotes(name) + " is not a class of " + model_ + "; use 0 to " +
                     std::to_string(classes_ - 1));
  const std::string similar = most_similar(name);
  throw UsageError(
      in_quotes(name) + " is not a class of " + model_ +
      (labels_.empty() ? "; the model has no labels, use the index of the class" : did_you_mean(similar)));
}

std::string ClassNames::most_similar(std::string_view name) const {
  std::vector<std::string> known;
  for (const Names* names : {&ids_, &short_texts_, &texts_})
    for (const auto& [word, index] : *names) known.push_back(word);
  std::string word = nearest(to_lower_ascii(name), known);
  // Return labels with the model's own capital letters.
  if (const auto found = texts_.find(word); found != texts_.end()) return labels_[found->second].text;
  if (const auto found = short_texts_.find(word); found != short_texts_.end())
    return labels_[found->second].text.substr(0, word.size());
  return word;
}

}  // namespace alexnet
