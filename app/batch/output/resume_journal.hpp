// FILE.journal, the journal beside a batch run's output FILE. It lists the records of the output, so that an
// interrupted run can be resumed and shards can be merged. It is a text file:
//   first, one line of JSON that identifies the run;
//   then one line per record, in the order of the output;
//   last, if the run reached the end of its list, a line "done IMAGES ORDER", such as "done 41 natural".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/file_marks.hpp"
#include "run/record.hpp"

namespace alexnet::app {

// Identifies a run: {"model", "model_hash", "options": {...}, "list": {...}, "shard"}. A run can only resume
// an output of the same key. The shards of one run differ only in "shard".
using ResumeKey = nlohmann::ordered_json;

// The first field in which two keys differ, as it is typed: "-k 5" and "-k 3", or
// "no --label" and "--label cat".
struct RunDifference {
  std::string first;
  std::string second;
};

// Returns none if the keys are equal.
std::optional<RunDifference> difference(const ResumeKey& was, const ResumeKey& is);
// Returns the message for an output that was written with other options than those of this run.
std::string cannot_resume(const std::string& file, const RunDifference& other);

// A record of the output. Its line is: index length checksum bytes mtime_ns ok|failed path. The checksum is
// hexadecimal. In the path, a line feed is %0A and % is %25.
struct JournalEntry {
  std::uint64_t index = 0;     // position in the list
  std::uint64_t length = 0;    // of the record in bytes; there are no gaps between records
  std::uint64_t checksum = 0;  // hash64 of the record
  FileState file;              // of the image
  bool failed = false;
  std::string path;
};

// Returns the entry of a record, except for its length and checksum.
JournalEntry entry_of(const Record& record);
// Returns the line of an entry.
std::string journal_line(const JournalEntry& entry);

// Facts about the list of a run that reached its end.
struct EndOfList {
  // Number of images in the list, across all shards. None in journals of earlier versions ("done"), and if
  // the run moved images, because those are not listed again.
  std::optional<std::uint64_t> images;
  // False for --order none: each machine may list the images in a different order.
  bool in_order = true;
};

struct Journal {
  ResumeKey run;
  std::vector<JournalEntry> entries;
  std::optional<EndOfList> end;  // none: the run did not reach the end of its list
};

// Returns true if the file is not empty and is neither a journal nor a truncated journal.
bool is_foreign_journal(const std::string& file);
// Returns none if the file does not exist or its first line is not that of a journal. Ignores everything from
// the first incomplete or invalid line on. Throws OutputError if the file cannot be read, and
// UsageError if its version is unknown.
std::optional<Journal> read_journal(const std::string& file);
// Returns the first line.
std::string journal_header(const ResumeKey& run);
// Returns the last line: "done 41 natural", "done 41 none", or "done" if the number of images is unknown.
std::string journal_end(const EndOfList& end);

}  // namespace alexnet::app
