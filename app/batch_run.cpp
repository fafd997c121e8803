#include "batch_run.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

#include "core/error.hpp"
#include "faults.hpp"

namespace alexnet::app {

int images_in_pass(const RunOptions& options) {
  return std::max(1, options.batch_size / options.reading.crops);
}

BatchRun::BatchRun(const RunOptions& options, const std::vector<Listed>& list, Session& session, Output& out,
                   const Style& error_style)
    : options_(options),
      images_(images_in_pass(options)),
      list_(list),
      session_(session),
      out_(out),
      workspace_(session.network, images_ * options.reading.crops),
      step_ms_(session.network.engine().steps().size()),
      progress_(list.size(), error_style) {}

void BatchRun::run() {
  using ChunkPtr = std::shared_ptr<Chunk>;    // the pipeline's tokens must be copyable
  constexpr std::size_t kChunksInFlight = 4;  // bounds the memory, whatever the list's length
  const auto stage = [this](tbb::filter_mode mode, void (BatchRun::*work)(Chunk&)) {
    return tbb::make_filter<ChunkPtr, ChunkPtr>(mode, [this, work](ChunkPtr chunk) {
      (this->*work)(*chunk);
      return chunk;
    });
  };
  if (options_.format == Format::csv) out_.write(csv_header());
  const auto list =
      tbb::make_filter<void, ChunkPtr>(tbb::filter_mode::serial_in_order, [this](tbb::flow_control& control) {
        ChunkPtr chunk = next();
        if (!chunk) control.stop();
        return chunk;
      });
  const auto write = tbb::make_filter<ChunkPtr, void>(tbb::filter_mode::serial_in_order,
                                                      [this](const ChunkPtr& chunk) { this->write(*chunk); });
  tbb::parallel_pipeline(kChunksInFlight, list & stage(tbb::filter_mode::parallel, &BatchRun::decode) &
                                              stage(tbb::filter_mode::serial_in_order, &BatchRun::forward) &
                                              write);
  progress_.finish();
  if (failure_) std::rethrow_exception(failure_);
}

std::vector<LayerTime> BatchRun::layer_times() const {
  std::vector<Stats> sums;
  for (const double ms : step_ms_) sums.push_back({ms, ms, ms});
  const int images = static_cast<int>(totals_.images - totals_.failures) * options_.reading.crops;
  return app::layer_times(session_.network.layers(), session_.network.engine().steps(), sums,
                          {images, passes_});
}

std::shared_ptr<BatchRun::Chunk> BatchRun::next() {
  const std::size_t count = std::min(static_cast<std::size_t>(images_), list_.size() - next_);
  if (count == 0 || interrupted() != 0 || failed_) return nullptr;
  auto chunk = std::make_shared<Chunk>();
  for (std::size_t i = 0; i < count; ++i) {
    const Listed& listed = list_[next_ + i];
    chunk->records.push_back(
        {listed.path, {}, listed.reason.empty() ? "" : "list", listed.reason, options_.reading.crops});
  }
  next_ += count;
  return chunk;
}

void BatchRun::decode(Chunk& chunk) {
  const std::size_t size =
      session_.network.input_shape().count() * static_cast<std::size_t>(options_.reading.crops);
  chunk.input.resize(chunk.records.size() * size);
  tbb::parallel_for(std::size_t{0}, chunk.records.size(), [&](std::size_t i) {
    Record& record = chunk.records[i];
    if (record.failed()) return;
    const Stopwatch watch;
    try {
      record.decode_scale =
          session_.read_input(record.path, options_.reading, chunk.input.data() + i * size).decode_scale;
    } catch (const ImageError& e) {
      record.stage = e.stage();
      record.reason = e.what();
    }
    totals_.decode_ms += watch.ms();
  });
}

void BatchRun::forward(Chunk& chunk) {
  const Stopwatch watch;
  const auto crops = static_cast<std::size_t>(options_.reading.crops);
  const std::size_t size = session_.network.input_shape().count() * crops;
  std::vector<Record*> good;
  for (std::size_t i = 0; i < chunk.records.size(); ++i) {
    if (chunk.records[i].failed()) continue;
    std::copy_n(chunk.input.data() + i * size, size, workspace_.input().data() + good.size() * size);
    good.push_back(&chunk.records[i]);
  }
  if (good.empty()) return;
  const int inputs = static_cast<int>(good.size()) * options_.reading.crops;
  const Observer add_times = [this](std::size_t step, const Activation&, std::chrono::nanoseconds elapsed) {
    step_ms_[step] += std::chrono::duration<double, std::milli>(elapsed).count();
  };
  // Isolated: while this thread waits for the others' share it takes up no image to decode, whose time would be counted
  // as the network's.
  const auto all = tbb::this_task_arena::isolate(
      [&] { return session_.network.forward(workspace_, inputs, options_.time ? add_times : Observer()); });
  ++passes_;
  const std::size_t rows = all.size() / good.size();
  for (std::size_t i = 0; i < good.size(); ++i) {
    good[i]->predictions = top_k(mean_of_rows(all.subspan(i * rows, rows), crops), options_.k);
    session_.warn_of_nan(good[i]->predictions);
  }
  totals_.network_ms += watch.ms();
}

void BatchRun::write(const Chunk& chunk) {
  if (failed_) return;
  std::string lines;
  for (const Record& record : chunk.records) {
    ++totals_.images;
    if (record.failed()) ++totals_.failures;
    lines += options_.format == Format::jsonl ? dump(record_json(record, session_.model)) + "\n"
             : options_.format == Format::csv ? csv_lines(record, session_.model)
                                              : text_line(record, session_.model);
  }
  try {
    out_.write(lines);
    out_.flush();
  } catch (const OutputError&) {  // TBB would leak the chunks in flight if it left the pipeline
    failure_ = std::current_exception();
    failed_ = true;
  }
  progress_.advance(chunk.records.size(), totals_.failures);
}

}  // namespace alexnet::app
