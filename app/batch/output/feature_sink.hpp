// What a layer gives for each image: a .safetensors file with a row of features for each that did not fail ("features",
// float32, N x D) and, in the same order, the paths, a NUL after each ("paths", bytes). It appears when it is complete.
#pragma once

#include "batch/output/resumable_file.hpp"
#include "batch/output/sink.hpp"

namespace alexnet::app {

// What stands before the rows until their number is known. run: "options" has the layer, "extract", and its "width", D.
std::string feature_prologue(const RunIdentity& run);
// What stands before and after the rows of these images in the end. The header is as long as the prologue.
struct FeatureFrame {
  std::string header;
  std::string paths;
};
FeatureFrame feature_frame(const RunIdentity& run, const std::vector<std::string>& paths);
// Puts the header and the paths in their places.
void frame_features(const RecordFile& file, const RunIdentity& run);

class FeatureSink : public Sink {
 public:
  FeatureSink(const std::string& file, Existing existing, const RunIdentity& run);

  bool has(const Listed& listed) override { return file_.has(listed.path, listed.index); }
  std::size_t kept() const override { return file_.kept(); }
  void write(const std::vector<Result>& results) override;
  void finish(const std::optional<EndOfList>& end) override;

 private:
  RunIdentity run_;
  RecordFile file_;
};

}  // namespace alexnet::app
