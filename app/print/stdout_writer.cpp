#include "print/stdout_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet::app {

namespace {

[[noreturn]] void fail_stdout() { throw OutputError("standard output", std::strerror(errno)); }

}  // namespace

void Output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail_stdout();
}

void Output::flush() {
  if (std::fflush(file_) != 0) fail_stdout();
}

bool Output::is_terminal() const { return isatty(fileno(file_)) != 0; }

void print_message(const std::string& message) {
  std::fprintf(stderr, "alexnet: %s\n", escape_for_terminal(message, Backslash::kept).c_str());
}

}  // namespace alexnet::app
