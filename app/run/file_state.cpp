#include "run/file_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>

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

}  // namespace alexnet::app
