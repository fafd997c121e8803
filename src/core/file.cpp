#include "core/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "alexnet/error.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPermissions = 0666;  // less the process's umask

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

std::string advice_for_output(int error) {
  return error == ENOENT   ? "; create its folder, or use another output file"
         : error == EISDIR ? "; name a file in it"
                           : "";
}

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

File::File(int descriptor, fs::path name, Fail fail)
    : descriptor_(descriptor), name_(std::move(name)), fail_(std::move(fail)) {}

File File::open(const fs::path& name, int flags, Fail fail) {
  File file = open_if_possible(name, flags, std::move(fail));
  if (!file.is_open()) file.fail();
  return file;
}

File File::open_if_possible(const fs::path& name, int flags, Fail fail) {
  File file(-1, name, std::move(fail));
  file.descriptor_ = ::open(name.c_str(), flags | O_CLOEXEC, kPermissions);
  return file;
}

File File::from_descriptor(int descriptor, const std::string& name, Fail fail) {
  File file(descriptor, name, std::move(fail));
  if (descriptor < 0) file.fail();
  return file;
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      fail_(std::move(other.fail_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(fail_, other.fail_);
  return *this;
}

File::~File() {
  if (descriptor_ > STDOUT_FILENO) ::close(descriptor_);
}

void File::fail(const fs::path& name) const {
  const int error = errno;
  if (fail_) fail_(error);
  throw OutputError(name.empty() ? "''" : name.string(), reason(error));
}

struct stat File::status() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) fail();
  return status;
}

std::uint64_t File::size() const { return static_cast<std::uint64_t>(status().st_size); }

std::size_t File::read(void* bytes, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor_, static_cast<char*>(bytes) + done, size - done);
    if (got < 0 && errno != EINTR) fail();
    if (got == 0) break;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string File::pread(std::uint64_t offset, std::uint64_t length) const {
  const std::uint64_t end = size();
  std::string bytes(std::min(length, end - std::min(offset, end)), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno != EINTR) fail();
    if (got == 0) break;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

void File::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void File::pwrite_all(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno != EINTR) fail();
    if (written <= 0) continue;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void File::truncate(std::uint64_t size) const {
  if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0 || lseek(descriptor_, 0, SEEK_END) < 0) fail();
}

bool File::lock(Lock lock) const {
  const int kind = lock == Lock::exclusive ? LOCK_EX : LOCK_SH;
  return flock(descriptor_, kind | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool File::is_still(const fs::path& name) const {
  struct stat mine {};
  struct stat there {};
  return fstat(descriptor_, &mine) == 0 && stat(name.c_str(), &there) == 0 && mine.st_ino == there.st_ino &&
         mine.st_dev == there.st_dev;
}

void File::sync() const {
  if (fsync(descriptor_) != 0 && errno != EINVAL) fail();
}

void File::rename_to(const fs::path& name) {
  sync();
  if (std::rename(name_.c_str(), name.c_str()) != 0) fail(name);
  name_ = name;
}

void File::close() {
  if (descriptor_ > STDOUT_FILENO && ::close(std::exchange(descriptor_, -1)) != 0) fail();
}

AtomicFile::AtomicFile(const fs::path& file) : file_(file), part_(file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  is_atomic_ = !fs::exists(status) || fs::is_regular_file(status);
  const File::Fail fail_writing = [this](int error) { fail("cannot be written", error); };
  // Skips existing .part files: another process may be writing one, or an interrupted batch run that writes
  // features may have left it.
  constexpr int kTries = 1000;
  for (int i = 1; is_atomic_ && i <= kTries && !out_.is_open(); ++i) {
    part_ = file_;
    part_ += i == 1 ? ".part" : "." + std::to_string(i) + ".part";
    out_ = File::open_if_possible(part_, O_WRONLY | O_CREAT | O_EXCL, fail_writing);
    if (!out_.is_open() && errno != EEXIST) break;
  }
  if (!is_atomic_) out_ = File::open_if_possible(file, O_WRONLY | O_NONBLOCK, fail_writing);
  if (!out_.is_open()) fail("cannot be opened for writing", errno);
}

AtomicFile::~AtomicFile() {
  if (is_atomic_ && !is_finished_) unlink(part_.c_str());
}

void AtomicFile::finish() {
  if (is_atomic_) out_.sync();
  out_.close();
  if (is_atomic_ && std::rename(part_.c_str(), file_.c_str()) != 0) fail("cannot be replaced", errno);
  is_finished_ = true;
}

void AtomicFile::fail(const std::string& what, int error) const {
  throw OutputError(file_.string(), what + ": " + reason(error) + advice_for_output(error));
}

}  // namespace alexnet
