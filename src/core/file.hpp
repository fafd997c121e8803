// Atomic file replacement.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace alexnet {

// A file that appears complete or not at all. write_all() writes to FILE.part, or to FILE.2.part, FILE.3.part and
// so on if that exists; finish() renames it to FILE. Before finish(), FILE is unchanged; after it, a process that
// has mapped the old file keeps the old contents. If FILE is not a regular file, such as a device or a pipe, it
// is written directly. Every function except the destructor throws OutputError with the system's reason.
//
//   AtomicFile file("page.html");
//   file.write_all(page);
//   file.finish();
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& file);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Removes the .part file unless finish() succeeded.
  ~AtomicFile();

  void write_all(std::string_view bytes);

  // Syncs, closes and renames the file. NFS and disk quotas may report a failed write only on sync or close.
  void finish();

 private:
  void open_part();
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path file_;
  std::filesystem::path part_;
  bool is_atomic_ = false;  // false for a device or a pipe
  bool is_finished_ = false;
  int fd_ = -1;
};

}  // namespace alexnet
