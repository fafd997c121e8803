// FILE.journal beside a batch run's output: which records the output holds, so that an interrupted run can go on and shards
// can be merged. Text: a line of JSON that says what run it is; a line for each record, in the order of the output; and, if
// the run came to the end of its list, a line "done IMAGES ORDER", such as "done 41 natural".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "batch/list/read_ahead.hpp"
#include "run/file_marks.hpp"

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

// The list of a run that came to its end.
struct EndOfList {
  // Number of images in the list, of all shards. None in journals of earlier versions ("done"), and if the run moved images,
  // which are not listed again.
  std::optional<std::uint64_t> images;
  // False for --order none: each machine may have listed the images in another order.
  bool in_order = true;
};

struct Journal {
  RunIdentity run;
  std::vector<JournalEntry> entries;
  std::optional<EndOfList> end;  // none: the run did not come to the end
};

// Whether the file exists and begins as a journal.
bool is_journal(const std::string& file);
// Whether the file holds anything that a journal, whole or torn, does not begin with.
bool is_foreign_journal(const std::string& file);
// Returns none if there is no such file or its first line is not that of a journal. Leaves out what is torn at its end. Throws
// OutputError if the file cannot be read, and std::runtime_error if its version is unknown.
std::optional<Journal> read_journal(const std::string& file);
std::string journal_header(const RunIdentity& run);
// The last line: "done 41 natural", "done 41 none", or "done" if the number of images is unknown.
std::string journal_end(const EndOfList& end);

}  // namespace alexnet::app
