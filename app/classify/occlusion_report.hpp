// What `classify --why` says beside its picture.
#pragma once

#include <nlohmann/json.hpp>

#include "classify/occlusion.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// A sentence: of which answer, by how much most and where, and how large the square was; or that no square lowers it.
std::string occlusion_text(const Occlusion& why, const std::string& file, const Record& record,
                           const Model& model);

// {"index", "label", "probability", "square", "stride", "first": [top, left], "drops": [[...], ...]}; pixels of the network's
// input; the drops row by row.
nlohmann::ordered_json occlusion_json(const Occlusion& why, const Record& record, const Model& model);

}  // namespace alexnet::app
