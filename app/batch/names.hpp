// The names in a file, or on standard input, which may be a pipe whose other end takes its time.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

namespace alexnet::app {

class Names {
 public:
  // file: "-" for standard input. end: what ends a name, a line feed or NUL. Throws std::runtime_error where it cannot be read,
  // as next() does.
  Names(std::string file, char end);
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names();

  // The next that is not empty. None at the end, and where it is to stop or a signal came while it waits.
  std::optional<std::string> next(const std::stop_token& stop);

 private:
  bool more(const std::stop_token& stop);
  [[noreturn]] void fail() const;

  std::string file_;
  char end_;
  int fd_;
  std::string text_;  // read, and from at_ on not yet used
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace alexnet::app
