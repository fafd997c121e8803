// A record as JSON, CSV and text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "network/model.hpp"
#include "print/text.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// {"path", "model", "decode_scale", "predictions": [{"index", "id", "label", "probability"}]} or {"path", "stage", "reason"}.
// Of several crops, "crops" says how many, after the model. The path is as path_json() gives it; "sorted_to", where there is
// one, comes last, likewise.
nlohmann::ordered_json record_json(const Record& record, const Model& model);

// path,rank,index,id,label,probability,stage,reason and, where images are sorted, sorted_to: a line for each prediction,
// or one for a failure or for an image that was sorted without any. Paths are as they are.
std::string csv_header(bool sorted);
std::string csv_lines(const Record& record, const Model& model, bool sorted);

// "photos/cat.png: Egyptian cat 26.9 %, tabby 20.1 %", with " -> sorted/Egyptian cat/cat.png" where it was sorted.
std::string text_line(const Record& record, const Model& model);

// The path and a line for each prediction: rank, probability, bar, label.
std::string text_block(const Record& record, const Model& model, const Style& style, bool with_bar);

}  // namespace alexnet::app
