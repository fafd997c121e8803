// The way of many images: a thread lists them and has them read ahead, each worker takes some through decoding and the
// network, and the results are written in the list's order, all at the same time.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "batch/list/read_ahead.hpp"
#include "print/layer_times.hpp"
#include "run/progress.hpp"
#include "run/record.hpp"
#include "run/session.hpp"

namespace alexnet::app {

struct PipelineOptions {
  std::size_t k = 5;    // answers; 0 where the network does not end in classes
  int batch_size = 16;  // inputs of one pass: images, or crops where there are ten of each
  Reading reading;
  bool outputs = false;  // keep what the network's last layer gave
  bool time = false;     // sum up the time of each layer
};

// The same plan of steps whatever the batch size and the list's length, so that a record is the same to the bit.
EngineOptions for_many(EngineOptions engine);

struct Result {
  Record record;
  std::uint64_t index = 0;  // in the list
  FileState file;           // when the list came to it
  std::vector<float> output;
};

struct Totals {
  std::size_t images = 0;
  std::size_t failures = 0;
  double decode_ms = 0.0;  // of all images, summed over threads
  double network_ms = 0.0;
};

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, Session& session, Progress& progress);

  // Calls write() in the order of next(), with some results at a time, from one thread at a time; it may let records fail,
  // which then count. Ends early where a signal came, and then writes what it began; where next() or write() throws, it
  // ends likewise and throws that.
  using Write = std::function<void(std::vector<Result>&)>;
  void run(const NextListed& next, const Write& write);

  const Totals& totals() const { return totals_; }
  // Of the images that went through the network, summed over all passes.
  std::vector<LayerTime> layer_times() const;

 private:
  // Images that go through the network together.
  struct Chunk {
    std::vector<Result> results;
    std::atomic<double> decode_ms = 0.0;
    std::size_t forwarded = 0;  // images
    double network_ms = 0.0;
    std::vector<double> step_ms;
  };
  using ChunkPtr = std::shared_ptr<Chunk>;  // TBB's tokens must be copyable

  ChunkPtr take(ReadAhead& list);  // null where the list is done or the run is to end
  void work(Chunk& chunk);
  void decode(Chunk& chunk, std::span<float> input);
  void forward(Chunk& chunk, Workspace& workspace);
  void finish(Chunk& chunk, const Write& write);

  PipelineOptions options_;
  std::size_t images_;  // in a chunk, at most
  Session& session_;
  Progress& progress_;
  tbb::concurrent_queue<std::shared_ptr<Workspace>> workspaces_;  // that no worker uses
  std::vector<double> step_ms_;
  int passes_ = 0;
  std::size_t forwarded_ = 0;  // images
  Totals totals_;
  std::atomic<bool> failed_ = false;  // write() threw; no more is read then
  std::exception_ptr failure_;
};

}  // namespace alexnet::app
