#include "core/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace alexnet {

namespace fs = std::filesystem;

AtomicFile::AtomicFile(const fs::path& file) : file_(file), part_(file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  is_atomic_ = !fs::exists(status) || fs::is_regular_file(status);
  if (is_atomic_) {
    open_part();
  } else {
    fd_ = open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  }
  if (fd_ < 0) fail("cannot be opened for writing");
}

// Skips existing .part files: another process may be writing one, or an interrupted batch run that writes
// features may have left it.
void AtomicFile::open_part() {
  constexpr int kTries = 1000;
  for (int i = 1; i <= kTries && fd_ < 0; ++i) {
    part_ = file_;
    part_ += i == 1 ? ".part" : "." + std::to_string(i) + ".part";
    fd_ = open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) return;
  }
}

AtomicFile::~AtomicFile() {
  if (is_finished_) return;
  if (fd_ >= 0) close(fd_);
  if (is_atomic_) unlink(part_.c_str());
}

void AtomicFile::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail("cannot be written");
    }
  }
}

void AtomicFile::finish() {
  // File systems that do not support fsync report EINVAL.
  if (is_atomic_ && fsync(fd_) != 0 && errno != EINVAL) fail("cannot be written");
  if (close(std::exchange(fd_, -1)) != 0) fail("cannot be written");
  if (is_atomic_ && rename(part_.c_str(), file_.c_str()) != 0) fail("cannot be replaced");
  is_finished_ = true;
}

void AtomicFile::fail(const std::string& what) const {
  const int error = errno;
  throw OutputError(file_.string(), what + ": " + std::generic_category().message(error));
}

}  // namespace alexnet
