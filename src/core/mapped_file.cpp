#include "core/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/file.hpp"

namespace alexnet {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what, int error) {
    throw ModelError(file.string(), "",
                     what + ": " + std::generic_category().message(error) +
                         (error == ENOENT || error == ENOTDIR ? "; check the name" : ""));
  };
  if (file.native().find('\0') != std::string::npos)
    throw ModelError(escape_for_terminal(file.native(), kExcerpt), "", "the name contains a NUL byte");
  // O_NONBLOCK: without it, opening a FIFO that has no writer blocks forever.
  const File opened =
      File::open(file, O_RDONLY | O_NONBLOCK, [&](int error) { fail("cannot be opened", error); });
  const struct stat status = opened.status();
  if (S_ISDIR(status.st_mode)) throw ModelError(file.string(), "", "is a folder; name a file");
  if (!S_ISREG(status.st_mode)) throw ModelError(file.string(), "", "is not a regular file");
  if (status.st_size == 0) return;  // mmap fails if the length is 0

  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, opened.descriptor(), 0);
  if (address == MAP_FAILED) fail("cannot be mapped", errno);
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void refuse_git_lfs_pointer(std::string_view text, const std::string& file) {
  if (!text.starts_with("version https://git-lfs")) return;
  throw ModelError(file, "", "is a Git LFS pointer, not the data itself; `git lfs pull` fetches the data");
}

}  // namespace alexnet
