// What a layer gives for each image: a .safetensors file with a row of features for each that did not fail ("features",
// float32, N x D) and, in the same order, the paths, a NUL after each ("paths", bytes). It appears when it is complete.
#pragma once

#include "batch/record_file.hpp"
#include "batch/sink.hpp"

namespace alexnet::app {

// What stands before the rows until their number is known. run: "options" has the layer, "extract", and its "width", D.
std::string feature_prologue(const RunIdentity& run);
// Puts the header and the paths in their places.
void frame_features(const RecordFile& file, const RunIdentity& run);

class FeatureSink : public Sink {
 public:
  FeatureSink(const std::string& file, bool resume, const RunIdentity& run);

  bool has(const std::string& path) const override { return file_.has(path); }
  std::size_t kept() const override { return file_.kept(); }
  void write(const std::vector<Result>& results) override;
  void finish(bool complete) override;

 private:
  RunIdentity run_;
  RecordFile file_;
};

}  // namespace alexnet::app
