// Where results go.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace alexnet::app {

// Standard output, or a file. Every write that fails throws OutputError, the last ones in close().
class Output {
 public:
  explicit Output(const std::string& file = "-");  // "-": standard output
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);
  void flush();
  void close();
  bool is_terminal() const;

 private:
  [[noreturn]] void fail() const;

  std::string name_;
  std::FILE* file_;
};

// Prints "alexnet: MESSAGE" on standard error, in one line. Names in the message are escaped already or hold no backslash
// that could be taken for an escape, so backslashes are kept.
void print_message(const std::string& message);

// A file that is asked for beside the results, or none where the name is "". It is opened before the work, so that a place
// which cannot be written is told at once, and written after the results, so that they are not lost with it.
class SideFile {
 public:
  explicit SideFile(const std::string& name) {
    if (!name.empty()) file_.emplace(name);
  }
  explicit operator bool() const { return file_.has_value(); }
  void write(std::string_view text) {
    file_->write_all(text);
    file_->finish();
  }
  void write(std::span<const std::uint8_t> bytes) {
    write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }

 private:
  std::optional<AtomicFile> file_;
};

}  // namespace alexnet::app
