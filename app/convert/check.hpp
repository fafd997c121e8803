// Check of a converted model: compares its predictions with those of the original.
#pragma once

#include <string>

#include "batch/list/listing.hpp"
#include "print/stdout_writer.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

class Check {
 public:
  // Lists the photos of a folder and its subfolders, and opens the original model. Throws ModelError, and
  // UsageError if there are no photos.
  Check(const ModelChoice& model, std::string folder);

  // Classifies each photo with both models, each with its own preprocessing. Writes one line to `out`: the
  // number of photos with the same top-1 class, the number of photos, and the largest difference of a
  // probability. Names photos that fail on standard error and does not count them. Returns kWell, or
  // kImagesFailed if a photo failed. Throws ModelError and OutputError.
  int run(const std::string& converted, Output& out, const Style& error_style);

 private:
  std::string folder_;
  Listing list_;
  Session before_;
};

}  // namespace alexnet::app
