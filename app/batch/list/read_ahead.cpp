#include "batch/list/read_ahead.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "core/file.hpp"

namespace alexnet::app {

FileState file_state(const std::string& path, bool begin_reading) {
  struct stat status {};
  const bool has_nul = path.find('\0') != std::string::npos;  // stat() would see a truncated name
  if (path == "-" || has_nul || stat(path.c_str(), &status) != 0) return {};
  if (begin_reading && S_ISREG(status.st_mode)) {
    const File file = File::open_if_possible(path, O_RDONLY | O_NONBLOCK);
    if (file.is_open()) posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_WILLNEED);
  }
  constexpr std::int64_t kNanoseconds = 1000000000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

bool is_unchanged(const std::string& path, const FileState& then, bool moved) {
  const FileState now = file_state(path);
  return moved ? now.bytes < 0 : now.bytes >= 0 && now == then;
}

ReadAhead::ReadAhead(NextListed next, std::size_t most, RunTrace* trace)
    : next_(std::move(next)),
      most_(most),
      trace_(trace),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

std::optional<Found> ReadAhead::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !found_.empty(); });
  if (found_.empty()) return std::nullopt;
  Found found = std::move(found_.front());
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
    const Stage list(trace_, "list");
    return next_(stop);
  };
  const auto begin_reading = [&](const Listed& listed) {
    const Stage read_ahead(trace_, "read-ahead", listed.path);
    return listed.reason.empty() ? file_state(listed.path, true) : FileState();
  };
  try {
    while (std::optional<Listed> listed = next()) {
      const FileState file = begin_reading(*listed);
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return found_.size() < most_; })) break;
      found_.push_back({std::move(*listed), file});
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
