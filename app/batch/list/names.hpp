// The names in a file or on standard input, which may be a pipe whose other end takes its time.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

#include "core/descriptor.hpp"

namespace alexnet::app {

// The longest name that a list may hold, in bytes: no file system knows names so long, and a list without line ends
// must not fill the memory.
inline constexpr std::size_t kMaxNameBytes = std::size_t{1} << 20;

class Names {
 public:
  // file: a regular file, a FIFO or a terminal; "-" is standard input. A FIFO may have no writer yet.
  // end: ends a name, a line feed or NUL.
  // Throws std::runtime_error if the file cannot be read, or is a folder or a device.
  Names(std::string file, char end);

  // Returns the next name that is not empty. It may contain a NUL byte if names end in a line feed. A UTF-8 byte-order mark
  // before the first line is left out. Returns nothing at the end, and if `stop` is requested or a signal comes.
  // Throws std::runtime_error if the file cannot be read on, if a name is longer than kMaxNameBytes, or if the lines are
  // UTF-16.
  std::optional<std::string> next(const std::stop_token& stop);

 private:
  bool more(const std::stop_token& stop);
  [[noreturn]] void fail(const std::string& reason) const;

  std::string file_;
  char end_;
  Descriptor opened_;  // none for standard input
  int fd_;
  std::size_t number_ = 0;  // of the last name, from 1, empty ones included
  std::string text_;        // read; used up to at_
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace alexnet::app
