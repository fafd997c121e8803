// The first bytes of files that this program writes, by which it recognises them later.
#pragma once

#include <string>
#include <string_view>

namespace alexnet::app {

// A confusion matrix as CSV.
inline constexpr std::string_view kMatrixMark = "truth,";

// The journal of a batch run.
inline constexpr std::string_view kJournalMark = R"({"alexnet_journal":)";

// Returns the name of an output's journal: FILE.journal.
inline std::string journal_name(const std::string& output) { return output + ".journal"; }

}  // namespace alexnet::app
