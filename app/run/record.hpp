// The result of one image.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "network/model.hpp"

namespace alexnet::app {

struct Record {
  std::string path = {};
  std::vector<Prediction> predictions = {};
  std::optional<Stage> stage = {};  // the step that failed; none if the image did not fail
  std::string reason = {};          // why it failed
  int crops = 1;                    // number of crops that the probabilities are averaged over
  double decode_scale = 1.0;        // scale that the photo was decoded at: 1, 1/2, 1/4 or 1/8
  bool left_out = false;            // true if a filter leaves it out of the results
  std::string sorted_to = {};       // path of the sorted image; "" if it is not sorted

  bool failed() const { return stage.has_value(); }
};

}  // namespace alexnet::app
