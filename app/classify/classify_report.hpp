// The result of `alexnet classify` for one image: JSON, and the line of --why.
#pragma once

#include <string>
#include <vector>

#include "alexnet/analysis.hpp"
#include "network/layer_times.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// Returns a line with the best prediction, its largest drop, the centre of that square and the squares' size;
// or that no square lowers the probability, or that it is NaN. `file` is the picture. The line is wrapped to
// `columns`; 0: no limit.
std::string occlusion_text(const Occlusion& why, const std::string& file, const Record& record,
                           const Model& model, std::size_t columns);

// Returns one line of JSON without a newline: the members of record_json(), then "why", if it is not null,
// "ms", unless the image failed, and "layers", if there are any. "why" is {"index", "label", "probability",
// "square", "stride", "first": [top, left], "drops": [[...], ...]}: lengths are in pixels of the network's
// input, drops are row by row.
std::string classify_json(const Record& record, const Model& model, const Occlusion* why, double ms,
                          const std::vector<LayerTime>& layers);

}  // namespace alexnet::app
