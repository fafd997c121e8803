// A preloaded library that kills the process at the DIE_AT-th call that changes a file, so that tests can end
// a run at every such call. DIE_HOW: before the call, half (half of the bytes are written) or after it.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

std::atomic<int> calls = 0;

bool is_due() {
  static const char* const at = std::getenv("DIE_AT");
  return at != nullptr && ++calls == std::atoi(at);
}

bool dies(std::string_view how) {
  static const char* const chosen = std::getenv("DIE_HOW");
  return chosen != nullptr && chosen == how;
}

void die() {
  kill(getpid(), SIGKILL);
  pause();
}

// Wraps a call that either happens completely or not at all.
template <typename Do>
long at_once(Do call) {
  const bool due = is_due();
  if (due && !dies("after")) die();
  const long result = call();
  if (due) die();
  return result;
}

template <typename Do>
long of_bytes(int fd, std::size_t size, Do call) {
  if (fd <= STDERR_FILENO) return call(size);
  const bool due = is_due();
  if (due && dies("before")) die();
  const long result = call(due && dies("half") ? size / 2 : size);
  if (due) die();
  return result;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  return of_bytes(fd, size, [&](std::size_t n) { return syscall(SYS_write, fd, bytes, n); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return of_bytes(fd, size, [&](std::size_t n) { return syscall(SYS_pwrite64, fd, bytes, n, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size) noexcept {
  return static_cast<int>(at_once([&] { return syscall(SYS_ftruncate, fd, size); }));
}

int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int rename(const char* from, const char* to) noexcept {
  return static_cast<int>(at_once([&] { return syscall(SYS_rename, from, to); }));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return static_cast<int>(
      at_once([&] { return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags); }));
}

int link(const char* from, const char* to) noexcept {
  return static_cast<int>(at_once([&] { return syscall(SYS_link, from, to); }));
}

int unlink(const char* file) noexcept {
  return static_cast<int>(at_once([&] { return syscall(SYS_unlink, file); }));
}

}  // extern "C"
