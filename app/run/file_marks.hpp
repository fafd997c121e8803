// First bytes of the files that this program writes. It recognises its files by them.
#pragma once

#include <string>
#include <string_view>

namespace alexnet::app {

// First bytes of a confusion matrix in CSV.
inline constexpr std::string_view kMatrixMark = "truth,";

// First bytes of the journal of a batch run.
inline constexpr std::string_view kJournalMark = R"({"alexnet_journal":)";

// Returns the name of an output's journal: FILE.journal.
inline std::string journal_name(const std::string& output) { return output + ".journal"; }

}  // namespace alexnet::app
