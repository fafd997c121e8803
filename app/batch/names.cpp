#include "batch/names.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "faults.hpp"

namespace alexnet::app {

Names::Names(std::string file, char end)
    : file_(std::move(file)),
      end_(end),
      fd_(file_ == "-" ? STDIN_FILENO : open(file_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) fail();
}

Names::~Names() {
  if (fd_ > STDIN_FILENO) close(fd_);
}

std::optional<std::string> Names::next(const std::stop_token& stop) {
  for (;;) {
    std::size_t length = text_.find(end_, at_);
    while (length == std::string::npos && more(stop)) length = text_.find(end_, at_);
    // Of a name that was still coming when the run was stopped, what came is none.
    if (length == std::string::npos && (!ended_ || at_ == text_.size())) return std::nullopt;
    std::string name = text_.substr(at_, length - at_);
    at_ = std::min(text_.size(), at_ + name.size() + 1);
    if (end_ == '\n' && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) return name;
  }
}

bool Names::more(const std::stop_token& stop) {
  constexpr int kWait_ms = 100;
  constexpr std::size_t kChunk = std::size_t{1} << 16;
  pollfd waits{fd_, POLLIN, 0};
  for (int ready = 0; ready <= 0;) {
    ready = poll(&waits, 1, kWait_ms);
    if (ready < 0 && errno != EINTR) fail();
    if (ready <= 0 && (stop.stop_requested() || interrupted() != 0)) return false;
  }
  text_.erase(0, std::exchange(at_, 0));
  const std::size_t had = text_.size();
  text_.resize(had + kChunk);
  const ssize_t got = read(fd_, text_.data() + had, kChunk);
  if (got < 0) fail();
  text_.resize(had + static_cast<std::size_t>(got));
  ended_ = got == 0;
  return !ended_;
}

void Names::fail() const { throw std::runtime_error(file_ + ": " + std::strerror(errno)); }

}  // namespace alexnet::app
