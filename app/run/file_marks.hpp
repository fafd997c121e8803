// First bytes of the files that this program writes. It recognises its files by them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alexnet::app {

// First bytes of a confusion matrix in CSV.
inline constexpr std::string_view kMatrixMark = "truth,";

// First bytes of the journal of a batch run.
inline constexpr std::string_view kJournalMark = R"({"alexnet_journal":)";

// Returns the name of an output's journal: FILE.journal.
std::string journal_name(const std::string& output);

// Returns `count` bytes of the file from `offset` on, or fewer if the file is shorter or cannot be read.
std::string bytes_at(const std::string& file, std::size_t offset, std::size_t count);

// Returns true if the file exists and begins as a journal.
bool is_journal(const std::string& file);

}  // namespace alexnet::app
