// Reads ahead of the decoders: a thread walks the list and prefetches the files.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "run/record.hpp"
#include "run/trace.hpp"

namespace alexnet::app {

// Returns the next image of a list, or none at its end.
using NextImage = std::function<std::optional<Record>(const std::stop_token&)>;

class ReadAhead {
 public:
  // Starts the thread, which queues at most `most` images. Only that thread calls next(). trace: null for
  // none.
  ReadAhead(NextImage next, std::size_t most, RunTrace* trace);

  // Waits for the next image. Returns none at the end of the list, and if next() threw.
  std::optional<Record> take();
  // Rethrows the exception of next(), if any. Call it after take() returned none.
  void rethrow() const;

 private:
  void work(const std::stop_token& stop);

  NextImage next_;
  std::size_t most_;
  RunTrace* trace_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Record> found_;
  bool ended_ = false;
  std::exception_ptr error_;
  std::jthread thread_;  // last member, so that it is joined before the others are destroyed
};

}  // namespace alexnet::app
