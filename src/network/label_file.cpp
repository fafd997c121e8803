#include "network/label_file.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/byte_order_mark.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet {
namespace {

constexpr std::size_t kWordNetId = 9;  // length

bool same_labels(const std::vector<Label>& a, const std::vector<Label>& b) {
  return std::ranges::equal(a, b,
                            [](const Label& x, const Label& y) { return x.id == y.id && x.text == y.text; });
}

// Names the first class for which two readings differ.
std::string first_difference(const LabelReading& a, const LabelReading& b) {
  std::size_t at = 0;
  while (at < a.labels.size() && at < b.labels.size() && a.labels[at].text == b.labels[at].text) ++at;
  const auto reading = [&](const LabelReading& r) {
    return r.how + (at < r.labels.size()
                        ? ", and class " + std::to_string(at) + " is " + in_quotes(r.labels[at].text)
                        : ", and there are " + std::to_string(r.labels.size()) + " classes");
  };
  return reading(a) + "; or " + reading(b);
}

// Removes "/a/" from "/a/abbey", as all programs that print the names of MIT Places do, if every label has
// it.
void remove_places_folders(std::vector<Label>& labels) {
  const auto has_folder = [](const Label& label) {
    const std::string& t = label.text;
    return t.size() > 3 && t[0] == '/' && t[2] == '/' && t[1] == t[3];
  };
  if (!labels.empty() && std::ranges::all_of(labels, has_folder))
    for (Label& label : labels) label.text.erase(0, 3);
}

}  // namespace

bool is_wordnet_id(std::string_view text) {
  return text.size() == kWordNetId && text[0] == 'n' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_background(std::string_view label) {
  const std::string small = to_lower_ascii(label);
  return small == "background" || small == "__background__" || small == "dummy";
}

std::vector<Label> labels_of(std::vector<LabelReading> readings, const std::string& file) {
  for (const LabelReading& other : readings)
    if (!same_labels(readings.front().labels, other.labels))
      throw ModelError(file, "",
                       "could mean two things: " + first_difference(readings.front(), other) +
                           "; write one label per line, that of class 0 first");
  return std::move(readings.front().labels);
}

Label with_id(std::string text) {
  const bool has_id = text.size() > kWordNetId && text[kWordNetId] == ' ' &&
                      is_wordnet_id(std::string_view(text).substr(0, kWordNetId));
  return has_id ? Label{text.substr(0, kWordNetId), text.substr(kWordNetId + 1)} : Label{"", std::move(text)};
}

std::vector<Label> parse_label_file(std::string_view text, const std::string& file) {
  text = without_byte_order_mark(text, file);
  std::vector<Label> labels =
      begins_literal(text) ? parse_label_literal(text, file) : parse_label_lines(text, file);
  remove_places_folders(labels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& label = labels[i].text;
    const std::string name = "class " + std::to_string(i);
    if (label.find_first_not_of(" \t") == std::string::npos) throw ModelError(file, name, "has no label");
    if (label.find('\n') != std::string::npos)
      throw ModelError(file, name, "the label " + in_quotes(label) + " has several lines");
  }
  return labels;
}

}  // namespace alexnet
