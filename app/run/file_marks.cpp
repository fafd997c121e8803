#include "run/file_marks.hpp"

#include <fcntl.h>

#include "alexnet/error.hpp"
#include "core/file.hpp"

namespace alexnet::app {

std::string journal_name(const std::string& output) { return output + ".journal"; }

std::string bytes_at(const std::string& file, std::size_t offset, std::size_t count) {
  try {
    return File::open(file, O_RDONLY | O_NONBLOCK).pread(offset, count);
  } catch (const OutputError&) {
    return "";
  }
}

bool is_journal(const std::string& file) { return bytes_at(file, 0, kJournalMark.size()) == kJournalMark; }

}  // namespace alexnet::app
