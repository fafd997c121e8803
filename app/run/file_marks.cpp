#include "run/file_marks.hpp"

#include <fstream>

namespace alexnet::app {

std::string journal_name(const std::string& output) { return output + ".journal"; }

std::string bytes_at(const std::string& file, std::size_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

bool is_journal(const std::string& file) { return bytes_at(file, 0, kJournalMark.size()) == kJournalMark; }

}  // namespace alexnet::app
