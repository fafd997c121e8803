// A file that is written, cut, locked and replaced: what an output needs that outlives its run. Throws OutputError with the
// system's reason.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alexnet::app {

// What becomes of results that a file holds already.
enum class Existing { refuse, resume, overwrite };

class OutputHandle {
 public:
  // Opens the file, or makes it unless it is only to be read; flags: those of open(2). "-": standard output.
  OutputHandle(std::string name, int flags);
  OutputHandle(const OutputHandle&) = delete;
  OutputHandle& operator=(const OutputHandle&) = delete;
  OutputHandle(OutputHandle&& other) noexcept;
  OutputHandle& operator=(OutputHandle&& other) noexcept;
  ~OutputHandle();

  void write_all(std::string_view bytes) const;
  void write_at(std::uint64_t offset, std::string_view bytes) const;
  // "" where the file ends before.
  std::string read_at(std::uint64_t offset, std::uint64_t length) const;
  std::uint64_t size() const;
  // What is written next goes to the new end.
  void cut(std::uint64_t size) const;

  // For oneself, or for readers only. False where another handle, of any process, has it otherwise; it ends with the handle.
  enum class Lock { alone, with_readers };
  bool lock(Lock lock = Lock::alone) const;
  // Whether the name `file` leads to this file.
  bool is_still(const std::string& file) const;
  void sync() const;  // onto the disk
  // Likewise, and then to this name, in place of what had it.
  void move_to(const std::string& file);
  void close();

 private:
  [[noreturn]] void fail() const;

  std::string name_;
  int fd_;
};

// Whether it is standard output ("-"), a pipe or a device, and not a file that may be replaced.
bool is_stream(const std::string& file);
// The name of the file that a link leads to, whether or not the file exists; the file is replaced in the link's stead.
std::string real_name(const std::string& file);

// For reading and writing, locked; makes the file where there is none. Throws std::runtime_error where another run has it.
OutputHandle open_locked(const std::string& file);

}  // namespace alexnet::app
