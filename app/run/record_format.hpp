// Records as JSON, CSV and text.
#pragma once

#include <string>

#include "network/model.hpp"
#include "print/text.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// Returns the text of {"path", "model", "decode_scale", "predictions": [{"index", "id", "label",
// "probability"}]}, or of {"path", "stage", "reason"} for an image that failed. "crops" follows "model" if
// there are several. "sorted_to" comes last if the image was sorted. Both paths are added by add_path().
std::string record_json(const Record& record, const Model& model);

// Returns "path,rank,index,id,label,probability,stage,reason", and ",sorted_to" if `sorted` is true.
std::string csv_header(bool sorted);
// Returns one line per prediction, or a single line for an image that failed or was sorted without
// predictions. Paths are not escaped for a terminal.
std::string csv_lines(const Record& record, const Model& model, bool sorted);

// Returns "photos/cat.png: Egyptian cat 26.9 %, tabby 20.1 %", with " -> sorted/Egyptian cat/cat.png" if the
// image was sorted.
std::string text_line(const Record& record, const Model& model);

// Returns the path and a line for each prediction: rank, probability, bar (if `with_bar` is true), label.
std::string text_block(const Record& record, const Model& model, const Style& style, bool with_bar);

}  // namespace alexnet::app
