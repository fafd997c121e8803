// A file mapped read-only. Nothing is copied, and the kernel reads a page only when it is accessed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace alexnet {

class MappedFile {
 public:
  // Throws ModelError with the system's reason if the file is not a regular file or cannot be read. Never
  // blocks on a FIFO or a device.
  explicit MappedFile(const std::filesystem::path& file);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Returns the content, which begins on a page boundary. It lives as long as the object, and keeps its
  // address when the object is moved. Empty for an empty file.
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::byte> bytes_;
};

// Throws ModelError if `text` is a Git LFS pointer, the short text that replaces a large file until it is
// fetched. Call it before parsing, so that the error names the cause. `file` names the text in the error.
void refuse_git_lfs_pointer(std::string_view text, const std::string& file);

}  // namespace alexnet
