// What lies ahead of the decoders: a thread of its own walks the list and has the system read the files.
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

// By which a file is known again.
struct FileState {
  std::int64_t bytes = -1;  // -1: it could not be asked
  std::int64_t mtime_ns = 0;
  bool operator==(const FileState&) const = default;
};

// Asks for the file that `path` leads to. begin_reading: has the system start to read it, if it is a regular file.
FileState file_state(const std::string& path, bool begin_reading = false);

// Whether a result that was made of the file as it was then holds still: it is as it was or, where the run moved it, gone.
bool holds_still(const std::string& path, const FileState& then, bool moved);

struct Found {
  Listed listed;
  FileState file;
};

using NextListed = std::function<std::optional<Listed>(const std::stop_token&)>;

class ReadAhead {
 public:
  // Stays at most `most` images ahead. next() is called by the thread alone.
  ReadAhead(NextListed next, std::size_t most, RunTrace* trace);

  // Waits for the next image; none at the end of the list, and where next() threw.
  std::optional<Found> take();
  // What next() threw, to be called after the end.
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
  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace alexnet::app
