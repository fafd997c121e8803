// Writes the output of one layer to a .safetensors file. Tensor "features" (float32, N x D) has one row for
// each image that did not fail. Tensor "paths" (bytes) has their paths in the same order, each with a NUL
// after it. The file appears when it is complete.
#pragma once

#include "batch/output/resumable_file.hpp"
#include "batch/output/sink.hpp"

namespace alexnet::app {

// Returns a provisional header, written before the rows. It is as long as the final header, which overwrites
// it once the number of rows is known. run: "options" has the layer ("extract") and D ("width").
std::string feature_prologue(const ResumeKey& run);
// The bytes before and after the rows of a complete file.
struct FeatureFrame {
  std::string header;  // as long as the prologue
  std::string paths;
};
// Returns the frame for the rows of these images.
FeatureFrame feature_frame(const ResumeKey& run, const std::vector<std::string>& paths);
// Writes the final header and the paths to the file. Throws OutputError.
void frame_features(const ResumableFile& file, const ResumeKey& run);

class FeatureSink : public Sink {
 public:
  FeatureSink(const std::string& file, Existing existing, const ResumeKey& run);

  bool has(const Record& image) override { return file_.has(image.path, image.index); }
  std::size_t kept() const override { return file_.kept(); }
  void write(const std::vector<Record>& records) override;
  void finish(const std::optional<EndOfList>& end) override;

 private:
  ResumeKey run_;
  ResumableFile file_;
};

}  // namespace alexnet::app
