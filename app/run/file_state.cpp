#include "run/file_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace alexnet::app {

FileState file_state(const std::string& path, bool begin_reading) {
  struct stat status {};
  const bool has_nul = path.find('\0') != std::string::npos;  // stat() would see a truncated name
  if (path == "-" || has_nul || stat(path.c_str(), &status) != 0) return {};
  if (begin_reading && S_ISREG(status.st_mode)) {
    if (const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); fd >= 0) {
      posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
      close(fd);
    }
  }
  constexpr std::int64_t kNanoseconds = 1000000000;
  return {status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

bool holds_still(const std::string& path, const FileState& then, bool moved) {
  const FileState now = file_state(path);
  return moved ? now.bytes < 0 : now.bytes >= 0 && now == then;
}

}  // namespace alexnet::app
