// An output of records: a file with a journal, which another run can resume, or a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/output/kept_records.hpp"
#include "batch/output/resume_journal.hpp"
#include "run/output_handle.hpp"

namespace alexnet::app {

struct NewRecord {
  std::string bytes;
  JournalEntry entry;  // append() sets its length and checksum
};

struct RecordFileOptions {
  std::string file;           // "-": standard output
  std::string prologue = {};  // bytes before the first record
  bool completes = false;     // written as FILE.part and renamed to FILE when it is complete
  Existing existing = Existing::refuse;
  // The run writes all records again, so that Existing::refuse replaces an unfinished file of the same run.
  bool whole = false;
  // The run moves images: a record is valid if its image is gone, and append() flushes to disk.
  bool gone_is_done = false;
};

class RecordFile {
 public:
  // Opens the file and locks it for this run.
  // Existing::resume keeps intact records of unchanged images that did not fail, drops all others, and
  // appends. Existing::refuse accepts a file without records and, if `whole` is set, an unfinished one of the
  // same run.
  // Throws OutputError if the file cannot be written. Throws UsageError, and leaves all files as they
  // were, if another run has the lock; if the file must not be replaced; if it cannot be resumed, because it
  // has no journal or belongs to a run with another identity; if it is a database; if a foreign file beside
  // it would be overwritten; or if it is a stream and `completes` or Existing::resume is set.
  RecordFile(RecordFileOptions options, const RunIdentity& run);

  // Returns true if a record of the image is kept from an earlier run. index: its position in the list of
  // this run.
  bool has(const std::string& path, std::uint64_t index) { return kept_.find(path, index); }
  std::size_t kept() const { return kept_.size(); }

  // Appends all records or, if it throws OutputError, none.
  void append(std::vector<NewRecord> records);

  // Returns the paths of all records that did not fail, in file order. Throws if the journal cannot be read.
  std::vector<std::string> paths() const;
  // Overwrites the prologue with one of the same length, and writes the epilogue after the last record.
  // Throws OutputError.
  void frame(std::string_view prologue, std::string_view epilogue) const;
  // Closes the file. end: none if the run did not reach the end of its list. Throws OutputError.
  void finish(const std::optional<EndOfList>& end);

 private:
  struct Kept {
    JournalEntry entry;
    std::uint64_t offset = 0;
  };

  void check_existing(const std::optional<Journal>& old, const RunIdentity& run) const;
  void check_companions(bool has_journal) const;
  void take_over(const RunIdentity& run);
  void replace_journal(const std::string& lines);
  void renumber();
  std::vector<Kept> unchanged(const Journal& old, const OutputHandle& source) const;
  void finish_replacing(const Journal& old);
  OutputHandle copy(const std::vector<Kept>& kept, const OutputHandle& source) const;

  RecordFileOptions options_;
  std::string work_;  // the file that is written: FILE or FILE.part
  std::optional<OutputHandle> out_;
  std::optional<OutputHandle> journal_;  // none for a stream
  std::uint64_t end_ = 0;                // offset after the last record
  std::uint64_t journal_end_ = 0;
  KeptRecords kept_;
};

}  // namespace alexnet::app
