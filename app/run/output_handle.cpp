#include "run/output_handle.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/error.hpp"

namespace alexnet::app {

namespace fs = std::filesystem;

OutputHandle::OutputHandle(std::string name, int flags)
    : name_(std::move(name)),
      fd_(name_ == "-" ? STDOUT_FILENO
                       : open(name_.c_str(),
                              flags | ((flags & O_ACCMODE) == O_RDONLY ? 0 : O_CREAT) | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail();
}

OutputHandle::OutputHandle(OutputHandle&& other) noexcept
    : name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)) {}

OutputHandle& OutputHandle::operator=(OutputHandle&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(fd_, other.fd_);
  return *this;
}

OutputHandle::~OutputHandle() {
  if (fd_ > STDOUT_FILENO) ::close(fd_);
}

void OutputHandle::fail() const {
  throw OutputError(name_ == "-" ? "standard output" : name_.empty() ? "''" : name_, std::strerror(errno));
}

void OutputHandle::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputHandle::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::size_t>(written);
    }
  }
}

std::string OutputHandle::read_at(std::uint64_t offset, std::uint64_t length) const {
  std::string bytes;
  const std::uint64_t end = size();
  if (offset > end || length > end - offset) return bytes;
  bytes.resize(length);
  for (std::size_t done = 0; done < length;) {
    const ssize_t got = pread(fd_, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno != EINTR) fail();
    if (got == 0) return "";
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::uint64_t OutputHandle::size() const {
  struct stat status {};
  if (fstat(fd_, &status) != 0) fail();
  return static_cast<std::uint64_t>(status.st_size);
}

void OutputHandle::cut(std::uint64_t size) const {
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0 || lseek(fd_, 0, SEEK_END) < 0) fail();
}

bool OutputHandle::lock(Lock lock) const {
  // On a file system without locks, flock() fails with another error; the run goes on unlocked.
  return flock(fd_, (lock == Lock::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool OutputHandle::is_still(const std::string& file) const {
  struct stat mine {};
  struct stat there {};
  return fstat(fd_, &mine) == 0 && stat(file.c_str(), &there) == 0 && mine.st_ino == there.st_ino &&
         mine.st_dev == there.st_dev;
}

void OutputHandle::sync() const {
  if (fsync(fd_) != 0) fail();
}

void OutputHandle::move_to(const std::string& file) {
  sync();
  if (std::rename(name_.c_str(), file.c_str()) != 0) fail();
  name_ = file;
}

void OutputHandle::close() {
  if (fd_ > STDOUT_FILENO && ::close(std::exchange(fd_, -1)) != 0) fail();
}

bool is_stream(const std::string& file) {
  if (file == "-") return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

std::string real_name(const std::string& file) {
  constexpr int kMostLinks = 40;  // the limit of Linux
  std::error_code error;
  fs::path real = file;
  for (int i = 0; i < kMostLinks && fs::is_symlink(real, error); ++i)
    real = real.parent_path() / fs::read_symlink(real, error);  // an absolute target replaces the parent
  return real.string();
}

OutputHandle open_locked(const std::string& file) {
  for (;;) {
    OutputHandle handle(file, O_RDWR);
    if (!handle.lock()) throw UsageError(file + ": another run is writing it");
    // Between open() and lock(), another run may have replaced the file: then open the new one.
    if (handle.is_still(file)) return handle;
  }
}

}  // namespace alexnet::app
