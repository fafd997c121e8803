// A file that is written whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace alexnet {

// A file that is written under another name first, FILE.part or, if that exists, FILE.2.part and so on. Neither a failure nor a
// reader that has the old file mapped ever sees half of the new one. Anything but a regular file, such as /dev/full, is
// written in place. Everything here throws OutputError with the system's reason.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& file);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();  // removes what was written, unless it was finished

  void write_all(std::string_view bytes);
  void finish();  // puts the file in its place

 private:
  void open_part();
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path file_;
  std::filesystem::path part_;
  bool renames_ = false;
  int fd_ = -1;
};

}  // namespace alexnet
