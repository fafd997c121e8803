// A file's bytes, mapped read-only: nothing is copied, and only what is touched is read from the disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace alexnet {

class MappedFile {
 public:
  // Throws ModelError, with the system's reason, unless file is a regular file that can be read. A FIFO or a
  // device is refused without waiting for it.
  explicit MappedFile(const std::filesystem::path& file);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Begins on a page boundary; lives as long as the object, and moves with it unchanged.
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::byte> bytes_;
};

// Throws ModelError if text is the few lines that Git LFS leaves in place of a large file it has not fetched:
// the reason to give then is that one, not whatever a parser makes of those lines.
void refuse_git_lfs_pointer(std::string_view text, const std::string& file);

}  // namespace alexnet
