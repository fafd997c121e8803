// State by which a file is recognised as unchanged.
#pragma once

#include <cstdint>
#include <string>

namespace alexnet::app {

struct FileState {
  std::int64_t bytes = -1;  // -1: unknown
  std::int64_t mtime_ns = 0;
  bool operator==(const FileState&) const = default;
};

// Returns the state of the file at `path`; follows links. It is unknown for "-" and if stat() fails.
// begin_reading: prefetch the file if it is a regular file.
FileState file_state(const std::string& path, bool begin_reading = false);

// Returns true if a result that was computed when the file had the state `then` is still valid: the file must
// have this state. If the run moved the file (`moved`), it must be gone instead.
bool is_unchanged(const std::string& path, const FileState& then, bool moved);

}  // namespace alexnet::app
