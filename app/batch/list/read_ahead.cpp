#include "batch/list/read_ahead.hpp"

#include <utility>

namespace alexnet::app {

ReadAhead::ReadAhead(NextImage next, std::size_t most, RunTrace* trace)
    : next_(std::move(next)),
      most_(most),
      trace_(trace),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

std::optional<Record> ReadAhead::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !found_.empty(); });
  if (found_.empty()) return std::nullopt;
  Record found = std::move(found_.front());
  found_.pop_front();
  changed_.notify_all();
  return found;
}

void ReadAhead::rethrow() const {
  if (error_) std::rethrow_exception(error_);
}

void ReadAhead::work(const std::stop_token& stop) {
  std::exception_ptr error;
  if (trace_ != nullptr) trace_->name_this_thread("read-ahead");
  const auto next = [&] {
    const TraceSpan list(trace_, "list");
    return next_(stop);
  };
  const auto begin_reading = [&](Record& image) {
    const TraceSpan read_ahead(trace_, "read-ahead", image.path);
    if (!image.failed()) image.file = file_state(image.path, true);
  };
  try {
    while (std::optional<Record> image = next()) {
      begin_reading(*image);
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return found_.size() < most_; })) break;
      found_.push_back(std::move(*image));
      changed_.notify_all();
    }
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  error_ = error;
  ended_ = true;
  changed_.notify_all();
}

}  // namespace alexnet::app
