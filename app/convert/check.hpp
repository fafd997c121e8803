// What a conversion cost: the answers of two models to the same photos.
#pragma once

#include <string>

#include "batch/list/listing.hpp"
#include "print/stdout_writer.hpp"
#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

class Check {
 public:
  // The photos of a folder and of those inside it, and the model whose answers count. Throws ModelError, and
  // std::runtime_error where there are no photos.
  Check(const ModelChoice& model, std::string folder);

  // Classifies each photo with both models, each preparing it in its own way, and writes one line: for how many of how
  // many photos the first answer is the same, and the largest difference of a probability. Photos that fail are named on
  // standard error and not counted. Returns the exit status. Throws ModelError and OutputError.
  int run(const std::string& converted, Output& out, const Style& error_style);

 private:
  std::string folder_;
  Listing list_;
  Session before_;
};

}  // namespace alexnet::app
