#include "run/output_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "alexnet/error.hpp"

namespace alexnet::app {

namespace fs = std::filesystem;

bool is_stream(const std::string& file) {
  if (file == "-") return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

std::string real_name(const std::string& file) {
  constexpr int kMostLinks = 40;  // the limit of Linux
  std::error_code error;
  fs::path real = file;
  for (int i = 0; i < kMostLinks && fs::is_symlink(real, error); ++i)
    real = real.parent_path() / fs::read_symlink(real, error);  // an absolute target replaces the parent
  return real.string();
}

File open_locked(const std::string& file) {
  for (;;) {
    File opened = File::open_if_possible(file, O_RDWR | O_CREAT);
    if (!opened.is_open()) {
      const int error = errno;
      throw OutputError(file, "cannot be opened for writing: " + std::generic_category().message(error) +
                                  advice_for_output(error));
    }
    if (!opened.lock()) throw UsageError(file + ": another run is writing it");
    // Between open() and lock(), another run may have replaced the file: then open the new one.
    if (opened.is_still(file)) return opened;
  }
}

}  // namespace alexnet::app
