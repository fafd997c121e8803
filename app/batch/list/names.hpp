// Reads names from a file or from standard input, which may be a slow pipe.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

#include "core/file.hpp"

namespace alexnet::app {

// Maximum length of a name in bytes. No file system allows names this long; the limit keeps a list without
// line ends from filling the memory.
inline constexpr std::size_t kMaxNameBytes = std::size_t{1} << 20;

class Names {
 public:
  // file: a regular file, a FIFO or a terminal; "-" is standard input. A FIFO may have no writer yet.
  // end: the character after each name, a line feed or NUL.
  // Throws UsageError if the file cannot be read, is a folder, or is a device other than a terminal
  // or /dev/null.
  Names(std::string file, char end);
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names() = default;

  // Returns the next name that is not empty. If names end in a line feed, a name may contain a NUL byte, and
  // a UTF-8 byte-order mark before the first line and a carriage return at the end of a line are removed.
  // Returns none at the end, and if `stop` is requested or a signal arrives.
  // Throws UsageError if reading fails, if a name is longer than kMaxNameBytes, or if the lines are
  // UTF-16.
  std::optional<std::string> next(const std::stop_token& stop);

 private:
  bool more(const std::stop_token& stop);
  [[noreturn]] void fail(const std::string& reason) const;

  std::string file_;
  char end_;
  File list_;
  std::size_t number_ = 0;  // of the last name, from 1, counting empty names
  std::string text_;        // bytes read so far; those before at_ are consumed
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace alexnet::app
