#include "batch/run/pipeline.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <utility>

#include "alexnet/analysis.hpp"
#include "alexnet/error.hpp"
#include "classifier/image_pass.hpp"
#include "core/parallel.hpp"
#include "run/signals.hpp"

namespace alexnet::app {

EngineOptions for_many(EngineOptions engine) {
  engine.batch = PipelineOptions().batch_size;
  engine.passes = EngineOptions().passes;
  return engine;
}

Pipeline::Pipeline(const PipelineOptions& options, Session& session, Progress& progress)
    : options_(options),
      images_(static_cast<std::size_t>(std::max(1, options.batch_size / options.reading.crops))),
      session_(session),
      progress_(progress),
      step_ms_(session.network.steps().size()) {}

void Pipeline::run(const NextImage& next, const Write& write) {
  // Bounds the memory for lists of any length.
  const std::size_t chunks_in_flight = std::size_t{2} * static_cast<std::size_t>(thread_count());
  ReadAhead ahead(next, chunks_in_flight * images_, session_.trace);
  const auto list =
      tbb::make_filter<void, ChunkPtr>(tbb::filter_mode::serial_in_order, [&](tbb::flow_control& control) {
        ChunkPtr chunk = take(ahead);
        if (!chunk) control.stop();
        return chunk;
      });
  const auto compute = tbb::make_filter<ChunkPtr, ChunkPtr>(tbb::filter_mode::parallel, [&](ChunkPtr chunk) {
    work(*chunk);
    return chunk;
  });
  const auto hand_on = tbb::make_filter<ChunkPtr, void>(
      tbb::filter_mode::serial_in_order, [&](const ChunkPtr& chunk) { finish(*chunk, write); });
  tbb::parallel_pipeline(chunks_in_flight, list & compute & hand_on);
  progress_.finish();
  if (failure_) std::rethrow_exception(failure_);
  ahead.rethrow();
}

std::vector<LayerTime> Pipeline::layer_times() const {
  std::vector<Stats> sums;
  for (const double ms : step_ms_) sums.push_back({ms, ms, ms, ms, ms});
  const int images = static_cast<int>(forwarded_) * options_.reading.crops;
  return alexnet::layer_times(session_.network.layers(), session_.network.steps(), sums, {images, passes_});
}

Pipeline::ChunkPtr Pipeline::take(ReadAhead& list) {
  if (interrupted() != 0 || failed_) return nullptr;
  auto chunk = std::make_shared<Chunk>();
  while (chunk->records.size() < images_) {
    std::optional<Record> record = list.take();
    if (!record) break;
    record->crops = options_.reading.crops;
    chunk->records.push_back(std::move(*record));
  }
  return chunk->records.empty() ? nullptr : chunk;
}

void Pipeline::work(Chunk& chunk) {
  std::shared_ptr<Workspace> workspace;
  if (!workspaces_.try_pop(workspace))
    workspace =
        std::make_shared<Workspace>(session_.network, static_cast<int>(images_) * options_.reading.crops);
  // Isolated: a thread that waits here takes no other chunk, so that there is at most one workspace per
  // thread. At the end of the list, threads without a chunk help with this one.
  tbb::this_task_arena::isolate([&] {
    decode(chunk, workspace->input());
    forward(chunk, *workspace);
  });
  workspaces_.push(std::move(workspace));
}

void Pipeline::decode(Chunk& chunk, std::span<float> input) {
  const std::size_t size =
      session_.network.input_shape().count() * static_cast<std::size_t>(options_.reading.crops);
  tbb::parallel_for(std::size_t{0}, chunk.records.size(), [&](std::size_t i) {
    Record& record = chunk.records[i];
    if (record.failed()) return;
    const Stopwatch watch;
    try {
      PhotoInput seen = session_.read_input(record.path, options_.reading, input.data() + i * size);
      record.decode_scale = seen.decode_scale;
      record.note = std::move(seen.note);
    } catch (const ImageError& e) {
      record.fail(e);
    }
    chunk.decode_ms += watch.ms();
  });
}

void Pipeline::forward(Chunk& chunk, Workspace& workspace) {
  std::vector<std::size_t> good;
  for (std::size_t i = 0; i < chunk.records.size(); ++i)
    if (!chunk.records[i].failed()) good.push_back(i);
  if (good.empty()) return;
  chunk.forwarded = good.size();
  const TraceSpan network(session_.trace, "network", good.size());
  const Stopwatch watch;
  chunk.step_ms.resize(step_ms_.size());
  const Observer add_times = [&](std::size_t step, const Activation&, const Interval& time) {
    chunk.step_ms[step] += time.ms();
  };
  forward_images(session_.network, workspace, good, options_.reading.crops,
                 options_.time ? add_times : Observer(), [&](std::size_t i, std::vector<float> output) {
                   if (options_.mode == Mode::classify)
                     chunk.records[i].predictions = top_k(output, options_.k);
                   else
                     chunk.records[i].features = std::move(output);
                 });
  chunk.network_ms = watch.ms();
}

void Pipeline::finish(Chunk& chunk, const Write& write) {
  if (failed_) return;
  totals_.decode_ms += chunk.decode_ms;
  totals_.network_ms += chunk.network_ms;
  forwarded_ += chunk.forwarded;
  if (!chunk.step_ms.empty()) ++passes_;
  for (std::size_t i = 0; i < chunk.step_ms.size(); ++i) step_ms_[i] += chunk.step_ms[i];
  for (const Record& record : chunk.records) {
    session_.warn_of_nan(record.predictions);
    if (!record.note.empty()) progress_.finish();
    print_note(record.path, record.note);
  }
  totals_.images += chunk.records.size();
  try {
    const TraceSpan stage(session_.trace, "write", chunk.records.size());
    write(chunk.records);
  } catch (...) {  // if it left the pipeline, TBB would leak the chunks in flight
    failure_ = std::current_exception();
    failed_ = true;
  }
  for (const Record& record : chunk.records)  // after write(), which may mark records as failed
    if (record.failed()) ++totals_.failures;
  progress_.advance(chunk.records.size(), totals_.failures);
}

}  // namespace alexnet::app
