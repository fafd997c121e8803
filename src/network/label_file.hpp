// Reads labels from files as people and programs write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alexnet/model.hpp"

namespace alexnet {

// Returns the labels of a text in any of these forms. `file` names the text in errors.
//  - One label per line, which may begin with a WordNet id and a space. Blank lines at the end are ignored.
//  - Lines with a column for the index or the WordNet id: "0,tench", "0: tench", "n01440764,tench", "abbey
// 0".
//    Indices are 0 to N - 1 in any order, or 1 to N in this order.
//  - CSV with a header: columns for the label and, if there are any, for the index and the WordNet id.
//  - A JSON array or Python list: ["tench", ...], [["n01440764", "tench"], ...].
//  - A JSON object or Python dictionary from index to label or from label to index, also as the member
//    id2label of an object: {"0": ["n01440764", "tench"], ...}, {0: 'tench', ...}, {"tench": 0, ...}.
// The form is decided for the whole text: "7 up" is a label, unless the numbers of all lines are indices. The
// names of MIT Places lose their folder: "/a/abbey" is "abbey". Accepts CRLF line ends and a UTF-8 byte-order
// mark.
// Throws ModelError if the text is UTF-16, if it could be read in two ways that give different labels (both
// are named), if an index is missing, and if a label is empty or has several lines.
std::vector<Label> parse_label_file(std::string_view text, const std::string& file);

// Returns true if the text is a WordNet id: "n" and eight digits.
bool is_wordnet_id(std::string_view text);

// Returns true if the label is that of TensorFlow's background class, such as "background" or "dummy".
bool is_background(std::string_view label);

// One way to read a text, and the labels that it gives.
struct LabelReading {
  std::string how;
  std::vector<Label> labels;
};

// Returns the labels of the readings, which are those of the first one. Throws ModelError if another one
// gives other labels.
std::vector<Label> labels_of(std::vector<LabelReading> readings, const std::string& file);

// Returns a label whose text may begin with a WordNet id and a space, which become its id.
Label with_id(std::string text);

// Parts of parse_label_file().
bool begins_literal(std::string_view text);
std::vector<Label> parse_label_literal(std::string_view text, const std::string& file);
std::vector<Label> parse_label_lines(std::string_view text, const std::string& file);

}  // namespace alexnet
