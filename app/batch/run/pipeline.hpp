// Classifies many images. Concurrently, one thread lists and prefetches them, workers decode them and run the
// network, and results are written in list order.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "batch/list/read_ahead.hpp"
#include "network/layer_times.hpp"
#include "run/progress.hpp"
#include "run/record.hpp"
#include "run/session.hpp"

namespace alexnet::app {

// Result that a run computes for each image.
enum class Mode {
  classify,  // the most probable classes
  extract    // the output of the network's last layer, averaged over crops
};

struct PipelineOptions {
  Mode mode = Mode::classify;
  std::size_t k = 5;    // predictions per image in mode classify
  int batch_size = 16;  // inputs per pass: images, or crops if there are ten per image
  Reading reading = {};
  bool time = false;  // sum up the time of each layer
};

// Returns the options with a fixed batch size and number of passes, so that the engine plans the same steps
// for every --batch-size and every length of the list.
EngineOptions for_many(EngineOptions engine);

struct Totals {
  std::size_t images = 0;
  std::size_t failures = 0;
  double decode_ms = 0.0;  // of all images, summed over threads
  double network_ms = 0.0;
};

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, Session& session, Progress& progress);

  // Calls write() with chunks of records, in the order of next() and from one thread at a time. write() may
  // mark records as failed; they are counted. After a signal, takes no more images, writes those that it has
  // begun, and returns. If next() throws, does the same and rethrows. If write() throws, writes nothing more
  // and rethrows.
  using Write = std::function<void(std::vector<Record>&)>;
  void run(const NextImage& next, const Write& write);

  const Totals& totals() const { return totals_; }
  // Returns the time of each layer, summed over all images that went through the network.
  std::vector<LayerTime> layer_times() const;

 private:
  // Images that go through the network together.
  struct Chunk {
    std::vector<Record> records;
    std::atomic<double> decode_ms = 0.0;
    std::size_t forwarded = 0;  // images
    double network_ms = 0.0;
    std::vector<double> step_ms;
  };
  using ChunkPtr = std::shared_ptr<Chunk>;  // TBB's tokens must be copyable

  // Returns null at the end of the list, after a signal, and if write() threw.
  ChunkPtr take(ReadAhead& list);
  void work(Chunk& chunk);
  void decode(Chunk& chunk, std::span<float> input);
  void forward(Chunk& chunk, Workspace& workspace);
  void finish(Chunk& chunk, const Write& write);

  PipelineOptions options_;
  std::size_t images_;  // maximum per chunk
  Session& session_;
  Progress& progress_;
  tbb::concurrent_queue<std::shared_ptr<Workspace>> workspaces_;  // idle
  std::vector<double> step_ms_;
  int passes_ = 0;
  std::size_t forwarded_ = 0;  // images
  Totals totals_;
  std::atomic<bool> failed_ = false;  // write() threw
  std::exception_ptr failure_;
};

}  // namespace alexnet::app
