// Where results go.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

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

}  // namespace alexnet::app
