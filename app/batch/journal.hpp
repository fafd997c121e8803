// FILE.journal beside a batch run's output: which records the output holds, so that an interrupted run can go on and shards
// can be merged. Text: a line of JSON that says what run it is; a line for each record, in the order of the output; at the
// end of a run that came to the end of its list, "done".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "batch/read_ahead.hpp"

namespace alexnet::app {

// What must be equal for two runs to belong together: {"model", "model_hash", "options": {...}, "list": {...}, "shard"}.
using RunIdentity = nlohmann::ordered_json;

// "options.top_k: was 5, is 3" for the first member that differs; "" where none does.
std::string difference(const RunIdentity& was, const RunIdentity& is);

// A record of the output. Its line: index length checksum bytes mtime_ns ok|failed path; in the path, a line feed is %0A
// and % is %25.
struct JournalEntry {
  std::uint64_t index = 0;     // in the list
  std::uint64_t length = 0;    // of the record, in bytes; they follow one another
  std::uint64_t checksum = 0;  // hash64 of them
  FileState file;              // the image
  bool failed = false;
  std::string path;
};

std::string journal_line(const JournalEntry& entry);

struct Journal {
  RunIdentity run;
  std::vector<JournalEntry> entries;
  bool done = false;
};

// The journal of an output: FILE.journal.
std::string journal_name(const std::string& output);

// None where there is no such file or it does not begin as a journal does; what is torn at its end is left out. Throws
// std::runtime_error where it cannot be read.
std::optional<Journal> read_journal(const std::string& file);
std::string journal_header(const RunIdentity& run);
inline constexpr const char* kJournalDone = "done\n";

}  // namespace alexnet::app
