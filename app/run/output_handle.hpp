// File descriptor of an output that a later run may resume: read, write, truncate, lock and rename. Throws
// OutputError with the system's reason if an operation fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alexnet::app {

// Handling of results that the output file already holds.
enum class Existing { refuse, resume, overwrite };

class OutputHandle {
 public:
  // Opens the file with these flags of open(2), and creates it unless the flags are read-only. "-" is
  // standard output.
  OutputHandle(std::string name, int flags);
  OutputHandle(const OutputHandle&) = delete;
  OutputHandle& operator=(const OutputHandle&) = delete;
  OutputHandle(OutputHandle&& other) noexcept;
  OutputHandle& operator=(OutputHandle&& other) noexcept;
  ~OutputHandle();

  void write_all(std::string_view bytes) const;
  void write_at(std::uint64_t offset, std::string_view bytes) const;
  // Returns `length` bytes, or "" if the file ends before offset + length.
  std::string read_at(std::uint64_t offset, std::uint64_t length) const;
  std::uint64_t size() const;
  // Truncates the file to `size` bytes. The next write_all() appends to it.
  void cut(std::uint64_t size) const;

  // Takes an exclusive (alone) or shared (with_readers) lock without waiting; it ends with the handle.
  // Returns false if another handle, in this or another process, holds a conflicting lock. Returns true
  // without a lock if the file system has no locks.
  enum class Lock { alone, with_readers };
  bool lock(Lock lock = Lock::alone) const;
  // Returns true if the name `file` leads to this file.
  bool is_still(const std::string& file) const;
  // Flushes the file to disk.
  void sync() const;
  // Flushes the file to disk and renames it to `file`, atomically replacing any file of that name.
  void move_to(const std::string& file);
  // Closes the file, except standard output.
  void close();

 private:
  [[noreturn]] void fail() const;

  std::string name_;
  int fd_;
};

// Returns true for standard output ("-"), a pipe or a device: outputs that cannot be replaced.
bool is_stream(const std::string& file);
// Follows symbolic links and returns the name of their target, whether or not it exists. To keep a link,
// replace its target.
std::string real_name(const std::string& file);

// Opens the file for reading and writing and takes an exclusive lock; creates the file if it does not exist.
// Throws UsageError if another run holds a lock, and OutputError if the file cannot be opened.
OutputHandle open_locked(const std::string& file);

}  // namespace alexnet::app
