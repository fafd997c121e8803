// An image and its result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alexnet/error.hpp"
#include "network/model.hpp"
#include "run/file_state.hpp"

namespace alexnet::app {

// Each step of a run fills its members, in this order.
struct Record {
  // Listing.
  std::string path = {};
  std::uint64_t index = 0;  // position in the whole list, across all shards
  FileState file = {};      // when the image was listed
  // Decoding.
  int crops = 1;              // number of crops that the result is averaged over
  std::string note = {};      // what is odd about the file, or ""
  double decode_scale = 1.0;  // scale that the photo was decoded at: 1, 1/2, 1/4 or 1/8
  // The network. A run gives either predictions or features.
  std::vector<Prediction> predictions = {};
  std::vector<float> features = {};  // output of the network's last layer
  // The filter and the sorter of a batch run.
  bool left_out = false;       // true if a filter leaves it out of the results
  std::string sorted_to = {};  // path of the sorted image; "" if it is not sorted
  // The step that failed, and why. None if the image did not fail.
  std::optional<Stage> stage = {};
  std::string reason = {};

  bool failed() const { return stage.has_value(); }
  // Marks the image as failed and drops its predictions.
  void fail(Stage at, std::string why) {
    stage = at;
    reason = std::move(why);
    predictions.clear();
  }
  void fail(const ImageError& error) { fail(error.stage(), error.what()); }
};

}  // namespace alexnet::app
