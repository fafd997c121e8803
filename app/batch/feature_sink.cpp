#include "batch/feature_sink.hpp"

#include <utility>

#include "weights/safetensors_header.hpp"

namespace alexnet::app {
namespace {

using Metadata = std::map<std::string, std::string>;

std::string header(std::size_t rows, std::size_t width, std::size_t path_bytes, const Metadata& metadata,
                   std::size_t least = 0) {
  const auto side = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  return safetensors_header(
      {{"features", {side(rows), side(width)}, {}, "F32"}, {"paths", {side(path_bytes)}, {}, "U8"}}, metadata,
      least);
}

// The longest that the header can come to.
std::string room_for_header(std::size_t width, const Metadata& metadata) {
  constexpr std::size_t kMostRows = 1'000'000'000'000;
  constexpr std::size_t kMostPathBytes = 1'000'000'000'000'000;
  return header(kMostRows, width, kMostPathBytes, metadata);
}

}  // namespace

FeatureSink::FeatureSink(const std::string& file, bool resume, const RunIdentity& run, std::size_t width,
                         Metadata metadata)
    : width_(width),
      metadata_(std::move(metadata)),
      room_(room_for_header(width_, metadata_)),
      file_({.file = file, .prologue = room_, .completes = true, .resume = resume}, run) {}

void FeatureSink::write(const std::vector<Result>& results) {
  std::vector<NewRecord> records;
  records.reserve(results.size());
  for (const Result& result : results)
    records.push_back(
        {{reinterpret_cast<const char*>(result.output.data()), result.output.size() * sizeof(float)},
         {.index = result.index,
          .file = result.file,
          .failed = result.record.failed(),
          .path = result.record.path}});
  file_.append(std::move(records));
}

void FeatureSink::finish(bool complete) {
  if (complete) {
    const std::vector<std::string> paths = file_.paths();
    std::string bytes;
    for (const std::string& path : paths) bytes += path + '\0';
    file_.frame(header(paths.size(), width_, bytes.size(), metadata_, room_.size()), bytes);
  }
  file_.finish(complete);
}

}  // namespace alexnet::app
