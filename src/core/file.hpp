// Files that are written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace alexnet {

// A file that appears whole or not at all. It is written as FILE.part, or FILE.2.part and so on if that exists, and renamed at
// the end, so a failure leaves the old file, and a reader that has the old file mapped keeps it. A device or a pipe is written
// in place. Throws OutputError with the system's reason.
//
//   AtomicFile file("page.html");
//   file.write_all(page);
//   file.finish();
class AtomicFile {
 public:
  // Opens the file for writing.
  explicit AtomicFile(const std::filesystem::path& file);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Removes what was written unless finish() succeeded.
  ~AtomicFile();

  void write_all(std::string_view bytes);

  // Syncs and closes the file, and then renames it: NFS and disk quotas report a failed write only then.
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
