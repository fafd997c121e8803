// Writers for results, messages and optional files.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace alexnet::app {

// Buffered writer to standard output. write() and flush() throw OutputError if writing fails. Call flush() at
// the end, so that no error is lost.
class Output {
 public:
  void write(std::string_view text);
  void flush();
  bool is_terminal() const;

 private:
  std::FILE* file_ = stdout;
};

// Prints "alexnet: MESSAGE" on standard error as one line. Escapes the message except for backslashes,
// because callers have escaped the names in it.
void print_message(const std::string& message);

// Optional file beside the results; none if the name is "". The constructor opens it, so that a file that
// cannot be written fails before the work. Call write() once, after the results are written, so that a
// failure does not lose them. Throws OutputError.
class OptionalFile {
 public:
  explicit OptionalFile(const std::string& name) {
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
