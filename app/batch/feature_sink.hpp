// What a layer gives for each image: a .safetensors file with a row of features for each that did not fail ("features",
// float32, N x D) and, in the same order, the paths, a NUL after each ("paths", bytes). It appears when it is complete.
#pragma once

#include <map>

#include "batch/record_file.hpp"
#include "batch/sink.hpp"

namespace alexnet::app {

class FeatureSink : public Sink {
 public:
  // width: D. metadata: what the file says of the features.
  FeatureSink(const std::string& file, bool resume, const RunIdentity& run, std::size_t width,
              std::map<std::string, std::string> metadata);

  bool has(const std::string& path) const override { return file_.has(path); }
  std::size_t kept() const override { return file_.kept(); }
  void write(const std::vector<Result>& results) override;
  void finish(bool complete) override;

 private:
  std::size_t width_;
  std::map<std::string, std::string> metadata_;
  std::string room_;  // for the header, whose numbers are known at the end
  RecordFile file_;
};

}  // namespace alexnet::app
