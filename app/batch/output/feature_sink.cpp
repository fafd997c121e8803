#include "batch/output/feature_sink.hpp"

#include "weights/safetensors_header.hpp"

namespace alexnet::app {
namespace {

std::string header(const ResumeKey& run, std::size_t rows, std::size_t path_bytes,
                   std::size_t min_bytes = 0) {
  const ResumeKey& options = run.at("options");
  const auto side = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  return safetensors_header(
      {{"features", {side(rows), options.at("width").get<std::int64_t>()}, {}, "F32"},
       {"paths", {side(path_bytes)}, {}, "U8"}},
      {{"model", run.at("model")}, {"model_hash", run.at("model_hash")}, {"layer", options.at("extract")}},
      min_bytes);
}

}  // namespace

std::string feature_prologue(const ResumeKey& run) {
  constexpr std::size_t kMostRows = 1'000'000'000'000;
  constexpr std::size_t kMostPathBytes = 1'000'000'000'000'000;
  return header(run, kMostRows, kMostPathBytes);
}

FeatureFrame feature_frame(const ResumeKey& run, const std::vector<std::string>& paths) {
  FeatureFrame frame;
  for (const std::string& path : paths) frame.paths += path + '\0';
  frame.header = header(run, paths.size(), frame.paths.size(), feature_prologue(run).size());
  return frame;
}

void frame_features(const ResumableFile& file, const ResumeKey& run) {
  const FeatureFrame frame = feature_frame(run, file.paths());
  file.frame(frame.header, frame.paths);
}

FeatureSink::FeatureSink(const std::string& file, Existing existing, const ResumeKey& run)
    : run_(run),
      file_({.file = file, .prologue = feature_prologue(run), .completes = true, .existing = existing}, run) {
}

void FeatureSink::write(const std::vector<Record>& records) {
  std::vector<NewRecord> added;
  added.reserve(records.size());
  for (const Record& record : records)
    added.push_back({std::string(reinterpret_cast<const char*>(record.features.data()),
                                 record.features.size() * sizeof(float)),
                     entry_of(record)});
  file_.append(std::move(added));
}

void FeatureSink::finish(const std::optional<EndOfList>& end) {
  if (end) frame_features(file_, run_);
  file_.finish(end);
}

}  // namespace alexnet::app
