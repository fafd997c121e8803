#include "print/stdout_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"

namespace alexnet::app {

Output::Output(const std::string& file)
    : name_(file == "-"    ? "standard output"
            : file.empty() ? "''"
                           : file),
      file_(file == "-" ? stdout : std::fopen(file.c_str(), "wbe")) {
  if (file_ == nullptr) fail();
}

Output::~Output() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
}

void Output::fail() const { throw OutputError(name_, std::strerror(errno)); }

void Output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
}

void Output::flush() {
  if (std::fflush(file_) != 0) fail();
}

void Output::close() {
  flush();
  if (file_ == stdout) return;
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
}

void print_message(const std::string& message) {
  std::fprintf(stderr, "alexnet: %s\n", escape_for_terminal(message, Backslash::kept).c_str());
}

bool Output::is_terminal() const { return isatty(fileno(file_)) != 0; }

}  // namespace alexnet::app
