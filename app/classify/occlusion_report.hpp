// Text and JSON output of `classify --why`.
#pragma once

#include <nlohmann/json.hpp>

#include "classify/occlusion_picture.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// Returns a line with the answer, its largest drop, the centre of that square and the squares' size; or that
// no square lowers the probability, or that it is NaN. `file` is the picture.
std::string occlusion_text(const Occlusion& why, const std::string& file, const Record& record,
                           const Model& model);

// Returns {"index", "label", "probability", "square", "stride", "first": [top, left], "drops": [[...], ...]}.
// Lengths are in pixels of the network's input. Drops are row by row.
nlohmann::ordered_json occlusion_json(const Occlusion& why, const Record& record, const Model& model);

}  // namespace alexnet::app
