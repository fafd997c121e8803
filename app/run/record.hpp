// What is said of one image, in each format.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/model.hpp"
#include "print/text.hpp"

namespace alexnet::app {

struct Record {
  std::string path;
  std::vector<Prediction> predictions;
  // Where the image failed: at which stage, and why.
  std::string stage;
  std::string reason;
  int crops = 1;               // that the probabilities are the mean over
  double decode_scale = 1.0;   // of the photo's size: 1, 1/2, 1/4 or 1/8
  bool left_out = false;       // a filter leaves it out of the results
  std::string sorted_to = {};  // where its image is found now, in a folder for its label

  bool failed() const { return !stage.empty(); }
};

// A label up to the first comma: "tabby" of "tabby, tabby cat".
std::string short_name(const std::string& label);

// Returns one line of JSON without its end; the order of the keys is kept. Bytes that are not UTF-8 become U+FFFD. Hidden
// characters (core/escape_for_terminal.hpp) become \uNNNN, so that no terminal obeys them; the values stay the same.
std::string dump(const nlohmann::ordered_json& json);

// RFC 4648.
std::string base64(const std::string& bytes);

// {"path"}; where the path is not UTF-8, "path_base64" holds its bytes.
nlohmann::ordered_json path_json(const std::string& path);

// The text with U+FFFD for bytes that are not UTF-8.
std::string utf8(const std::string& text);

// Null where the model has no labels.
const Label* label_of(const Model& model, const Prediction& p);

// {"path", "model", "decode_scale", "predictions": [{"index", "id", "label", "probability"}]} or {"path", "stage", "reason"}.
// Of several crops, "crops" says how many, after the model. The path is as path_json() gives it; "sorted_to", where there is
// one, comes last, likewise.
nlohmann::ordered_json record_json(const Record& record, const Model& model);

// Quoted where RFC 4180 asks for it.
std::string csv_field(std::string_view text);

// path,rank,index,id,label,probability,stage,reason and, where images are sorted, sorted_to: a line for each prediction,
// or one for a failure or for an image that was sorted without any. Paths are as they are.
std::string csv_header(bool sorted);
std::string csv_lines(const Record& record, const Model& model, bool sorted);

// "photos/cat.png: Egyptian cat 26.9 %, tabby 20.1 %", with " -> sorted/Egyptian cat/cat.png" where it was sorted.
std::string text_line(const Record& record, const Model& model);

// The path and a line for each prediction: rank, probability, bar, label.
std::string text_block(const Record& record, const Model& model, const Style& style, bool with_bar);

}  // namespace alexnet::app
