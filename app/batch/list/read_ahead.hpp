// Reads ahead of the decoders: a thread walks the list and prefetches the files.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "batch/list/listing.hpp"
#include "run/trace.hpp"

namespace alexnet::app {

// State by which a file is recognised as unchanged.
struct FileState {
  std::int64_t bytes = -1;  // -1: unknown
  std::int64_t mtime_ns = 0;
  bool operator==(const FileState&) const = default;
};

// Returns the state of the file at `path`; follows links. It is unknown for "-" and if stat() fails.
// begin_reading: prefetch the file if it is a regular file.
FileState file_state(const std::string& path, bool begin_reading = false);

// Returns true if a result that was computed when the file had the state `then` is still valid: the file must
// have this state. If the run moved the file (`moved`), it must be gone instead.
bool is_unchanged(const std::string& path, const FileState& then, bool moved);

struct Found {
  Listed listed;
  FileState file;
};

using NextListed = std::function<std::optional<Listed>(const std::stop_token&)>;

class ReadAhead {
 public:
  // Starts the thread, which queues at most `most` images. Only that thread calls next(). trace: null for
  // none.
  ReadAhead(NextListed next, std::size_t most, RunTrace* trace);

  // Waits for the next image. Returns none at the end of the list, and if next() threw.
  std::optional<Found> take();
  // Rethrows the exception of next(), if any. Call it after take() returned none.
  void rethrow() const;

 private:
  void work(const std::stop_token& stop);

  NextListed next_;
  std::size_t most_;
  RunTrace* trace_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Found> found_;
  bool ended_ = false;
  std::exception_ptr error_;
  std::jthread thread_;  // last member, so that it is joined before the others are destroyed
};

}  // namespace alexnet::app
