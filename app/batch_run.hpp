// The batch run itself: stretches of the list go through decoding, the network and writing, at the same time.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <vector>

#include "listing.hpp"
#include "progress.hpp"
#include "report/layer_times.hpp"
#include "report/output.hpp"
#include "report/record.hpp"
#include "session.hpp"

namespace alexnet::app {

enum class Format { text, jsonl, csv };

struct RunOptions {
  Format format = Format::text;
  std::size_t k = 5;
  int batch_size = 16;  // inputs of one pass: images, or crops where there are ten of each
  Reading reading;
  bool time = false;  // sum up the time of each layer
};

// Images that go through the network together, at most; of ten crops a tenth, so that a pass needs no more memory (10 at
// the least).
int images_in_pass(const RunOptions& options);

struct Totals {
  std::size_t images = 0;
  std::size_t failures = 0;
  std::atomic<double> decode_ms = 0.0;  // summed over threads
  double network_ms = 0.0;
};

class BatchRun {
 public:
  BatchRun(const RunOptions& options, const std::vector<Listed>& list, Session& session, Output& out,
           const Style& error_style);

  // Records are written in the list's order. Ends early where a signal came. Throws OutputError.
  void run();

  const Totals& totals() const { return totals_; }
  // Of the images that did not fail, summed over all passes.
  std::vector<LayerTime> layer_times() const;

 private:
  // Images that go through the network together.
  struct Chunk {
    std::vector<Record> records;
    std::vector<float> input;  // their crops, one after the other; a failed one's are left as they are
  };

  std::shared_ptr<Chunk> next();  // null where the list is done or the run is to end
  void decode(Chunk& chunk);
  void forward(Chunk& chunk);
  void write(const Chunk& chunk);

  RunOptions options_;
  int images_;  // in a chunk, at most
  const std::vector<Listed>& list_;
  Session& session_;
  Output& out_;
  Workspace workspace_;
  std::vector<double> step_ms_;
  int passes_ = 0;
  Progress progress_;
  Totals totals_;
  std::size_t next_ = 0;
  std::atomic<bool> failed_ = false;  // the output; no more is read then
  std::exception_ptr failure_;
};

}  // namespace alexnet::app
