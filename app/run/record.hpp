// The result of one image.
#pragma once

#include <string>
#include <vector>

#include "network/model.hpp"

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

}  // namespace alexnet::app
