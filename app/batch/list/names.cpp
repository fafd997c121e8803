#include "batch/list/names.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "alexnet/error.hpp"
#include "core/byte_order_mark.hpp"
#include "run/signals.hpp"

namespace alexnet::app {
namespace {

// O_NONBLOCK: without it, open() waits until a FIFO has a writer, and signals go unnoticed meanwhile.
File open_list(const std::string& file, const File::Fail& fail) {
  return file == "-" ? File::from_descriptor(STDIN_FILENO, file, fail)
                     : File::open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY, fail);
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

}  // namespace

Names::Names(std::string file, char end)
    : file_(std::move(file)), end_(end), list_(open_list(file_, [this](int error) {
        fail(std::string("cannot be read: ") + std::strerror(error) +
             (error == ENOENT ? "; check the name" : ""));
      })) {
  const struct stat status = list_.status();
  if (S_ISDIR(status.st_mode))
    fail("is a folder, not a list of names; use 'alexnet batch FOLDER' to classify its images");
  const bool device = S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode);
  if (device && isatty(list_.descriptor()) == 0 && !is_null_device(status))
    fail("is a device, not a list of names");
}

std::optional<std::string> Names::next(const std::stop_token& stop) {
  for (;;) {
    std::size_t end = text_.find(end_, at_);
    while (end == std::string::npos && text_.size() - at_ <= kMaxNameBytes && more(stop))
      end = text_.find(end_, at_);
    const std::size_t length = std::min(end, text_.size()) - at_;
    ++number_;
    if (length > kMaxNameBytes)
      fail((end_ == '\n' ? "line " : "name ") + std::to_string(number_) + " is longer than 1 MiB; " +
           (end_ == '\n' ? "lists from find -print0 need -0"
                         : "leave out -0 for a list with a name on each line"));
    // If interrupted in the middle of a name, discard the partial name.
    if (end == std::string::npos && (!ended_ || length == 0)) return std::nullopt;
    std::string name = text_.substr(at_, length);
    at_ = std::min(text_.size(), at_ + length + 1);
    if (end_ == '\n' && number_ == 1) name = std::string(without_byte_order_mark(name, file_));
    if (end_ == '\n' && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) return name;
  }
}

// Reads more of the file. Returns false at the end, and if `stop` is requested or a signal arrives.
bool Names::more(const std::stop_token& stop) {
  constexpr std::size_t kChunk = std::size_t{1} << 16;
  text_.erase(0, std::exchange(at_, 0));
  const std::size_t had = text_.size();
  text_.resize(had + kChunk);
  const std::optional<ssize_t> got =
      read_unless_stopped(list_.descriptor(), text_.data() + had, kChunk, stop);
  if (got && *got < 0) fail(std::strerror(errno));
  text_.resize(had + static_cast<std::size_t>(got.value_or(0)));
  ended_ = got == 0;
  return got.value_or(0) > 0;
}

void Names::fail(const std::string& reason) const {
  throw UsageError((file_ == "-" ? "standard input" : file_) + ": " + reason);
}

}  // namespace alexnet::app
