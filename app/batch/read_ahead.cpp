#include "batch/read_ahead.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace alexnet::app {

FileState file_state(const std::string& path, bool begin_reading) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) != 0) return {};
  if (begin_reading && S_ISREG(status.st_mode)) {
    if (const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); fd >= 0) {
      posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
      close(fd);
    }
  }
  constexpr std::int64_t kNanoseconds = 1000000000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

ReadAhead::ReadAhead(NextListed next, std::ptrdiff_t most) : next_(std::move(next)) {
  found_.set_capacity(most);
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

ReadAhead::~ReadAhead() {
  thread_.request_stop();
  found_.abort();  // where it waits for room
  thread_.join();
}

std::optional<Found> ReadAhead::take() {
  std::optional<Found> found;
  if (ended_) return found;
  found_.pop(found);
  ended_ = !found;
  return found;
}

void ReadAhead::rethrow() const {
  if (error_) std::rethrow_exception(error_);
}

void ReadAhead::work(const std::stop_token& stop) {
  try {
    try {
      while (!stop.stop_requested()) {
        std::optional<Listed> listed = next_(stop);
        if (!listed) break;
        const FileState file = listed->reason.empty() ? file_state(listed->path, true) : FileState();
        found_.push(Found{std::move(*listed), file});
      }
    } catch (const tbb::user_abort&) {
      throw;
    } catch (...) {
      error_ = std::current_exception();
    }
    found_.push(std::nullopt);
  } catch (const tbb::user_abort&) {  // nobody waits any more
  }
}

}  // namespace alexnet::app
