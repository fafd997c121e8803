#include "core/failing_calls.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<int> sync_error = 0;
std::atomic<int> close_error = 0;

// Returns the result of a call, or -1 with the error if there is one.
int result_or(int result, int error) {
  if (error == 0) return result;
  errno = error;
  return -1;
}

}  // namespace

FailingSync::FailingSync(int error) { sync_error = error; }
FailingSync::~FailingSync() { sync_error = 0; }
FailingClose::FailingClose(int error) { close_error = error; }
FailingClose::~FailingClose() { close_error = 0; }

// These replace the functions of the C library in the whole program. They are visible, so that the modules
// call them, too.
#pragma GCC visibility push(default)

extern "C" int fsync(int file) { return result_or(static_cast<int>(syscall(SYS_fsync, file)), sync_error); }

extern "C" int close(int file) {
  struct stat status {};
  const bool is_regular = close_error != 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  return result_or(static_cast<int>(syscall(SYS_close, file)), is_regular ? close_error.load() : 0);
}

#pragma GCC visibility pop
