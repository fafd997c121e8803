// Files that close themselves, and atomic file replacement.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace alexnet {

// Returns what to do if a file cannot be opened for writing, "; create its folder ...", or "". error: the
// value of errno.
std::string advice_for_output(int error);

// Returns true if there is a file or folder of this name. Returns false if that cannot be determined.
bool is_there(const std::filesystem::path& file);

// An open file, or none. Closes it on destruction, except standard input and output. A system call that a
// signal interrupts is repeated.
class File {
 public:
  // Throws the error of an operation that failed. error: the value of errno.
  using Fail = std::function<void(int error)>;

  // Opens the file with these flags of open(2) and O_CLOEXEC; O_CREAT creates it with the permissions 0666.
  // An operation that fails, this one included, calls `fail`. Without `fail`, throws OutputError with the
  // name and the system's reason.
  static File open(const std::filesystem::path& name, int flags, Fail fail = {});
  // Returns no file if it cannot be opened; errno is the reason then.
  static File open_if_possible(const std::filesystem::path& name, int flags, Fail fail = {});
  // Takes over an open descriptor. name: for errors.
  static File from_descriptor(int descriptor, const std::string& name, Fail fail = {});

  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  struct stat status() const;
  std::uint64_t size() const;

  // Reads up to `size` bytes: fewer only at the end of the file. Returns their number.
  std::size_t read(void* bytes, std::size_t size) const;
  // Returns up to `length` bytes from `offset` on: fewer only at the end of the file.
  std::string pread(std::uint64_t offset, std::uint64_t length) const;
  void write_all(std::string_view bytes) const;
  void pwrite_all(std::uint64_t offset, std::string_view bytes) const;
  // Truncates the file to `size` bytes. The next write_all() appends to it.
  void truncate(std::uint64_t size) const;

  // Takes an exclusive or shared lock without waiting; it ends when the file is closed. Returns false if
  // another File, in this or another process, holds a conflicting lock. Returns true without a lock if the
  // file system has no locks.
  enum class Lock { exclusive, shared };
  bool lock(Lock lock = Lock::exclusive) const;
  // Returns true if the name leads to this file, which another process may have replaced or removed.
  bool is_still(const std::filesystem::path& name) const;

  // Flushes the file to disk. Does nothing on file systems that do not support fsync.
  void sync() const;
  // Flushes the file to disk and atomically renames it; replaces any file of that name. The file stays open.
  // An error of the rename has the new name.
  void rename_to(const std::filesystem::path& name);
  // Closes the file, except standard input and output. Call it after writing: NFS and disk quotas may report
  // a failed write only then.
  void close();

 private:
  File(int descriptor, std::filesystem::path name, Fail fail);
  [[noreturn]] void fail() const { fail(name_); }
  [[noreturn]] void fail(const std::filesystem::path& name) const;

  int descriptor_ = -1;
  std::filesystem::path name_;
  Fail fail_;
};

// A file that appears complete or not at all. write_all() writes to FILE.part, or to FILE.2.part, FILE.3.part
// and so on if that exists; finish() renames it to FILE. Before finish(), FILE is unchanged; after it, a
// process that has mapped the old file keeps the old contents. If FILE is not a regular file, such as a
// device or a pipe, it is written directly. Every function except the destructor throws OutputError with the
// system's reason.
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

  void write_all(std::string_view bytes) const { out_.write_all(bytes); }

  // Syncs, closes and renames the file.
  void finish();

 private:
  [[noreturn]] void fail(const std::string& what, int error) const;

  std::filesystem::path file_;
  std::filesystem::path part_;
  bool is_atomic_ = false;  // false for a device or a pipe
  bool is_finished_ = false;
  File out_;
};

}  // namespace alexnet
