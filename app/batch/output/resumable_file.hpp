// An output of records: a file with a journal, which another run can resume, or a stream.
//
// WORK is the file that a run writes: FILE or, for features (`completes`), FILE.part until it is complete. A
// run that is killed may leave these files. Its records are safe: a line is added to the journal only after
// its record was written.
//
//   killed                      leaves                                --resume
//   before the journal exists   nothing, or an empty WORK             begins
//   before the first record     a journal of one line                 begins
//   after a record was written  WORK longer than the journal says     truncates WORK
//   while a line was written    a journal with a torn last line       ignores the line, truncates WORK
//   by a power cut              torn records (is_torn())              drops them; their images are done again
//   while it dropped records    WORK.new, old WORK and old journal    removes WORK.new, drops them again
//   between its two renames     WORK.new, old WORK and new journal    renames WORK.new to WORK
//   while a journal was made    FILE.journal.new                      overwrites it
//   after FILE.part was renamed FILE, and a journal without an end    copies FILE's records to FILE.part
//
// FILE without a journal is not left by a run, so --resume refuses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/output/kept_records.hpp"
#include "batch/output/resume_journal.hpp"
#include "run/output_file.hpp"

namespace alexnet::app {

struct NewRecord {
  std::string bytes;
  JournalEntry entry;  // append() sets its length and checksum
};

struct ResumableFileOptions {
  std::string file;           // "-": standard output
  std::string prologue = {};  // bytes before the first record
  bool completes = false;     // written as FILE.part and renamed to FILE when it is complete
  Existing existing = Existing::refuse;
  // The run writes all records again, so that Existing::refuse replaces an unfinished file of the same run.
  bool whole = false;
  // The run moves images: a record is valid if its image is gone, and append() flushes to disk.
  bool gone_is_done = false;
};

class ResumableFile {
 public:
  // Opens the file and locks it for this run.
  // Existing::resume keeps intact records of unchanged images that did not fail, drops all others, and
  // appends. Existing::refuse accepts a file without records and, if `whole` is set, an unfinished one of the
  // same run.
  // Throws OutputError if the file cannot be written. Throws UsageError, and leaves all files as they
  // were, if another run has the lock; if the file must not be replaced; if it cannot be resumed, because it
  // has no journal or belongs to a run with another key; if it is a database; if a foreign file beside it
  // would be overwritten; or if it is a stream and `completes` or Existing::resume is set.
  ResumableFile(ResumableFileOptions options, const ResumeKey& key);

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
  // A record that an earlier run wrote and this run keeps.
  struct OldRecord {
    JournalEntry entry;
    std::uint64_t offset = 0;
  };

  void open_stream();
  void take_over(const ResumeKey& key);
  void check_existing(const std::optional<Journal>& old, const ResumeKey& key) const;
  void check_resumable(const std::optional<Journal>& old, const ResumeKey& key) const;
  void check_replaceable(const std::optional<Journal>& old, const ResumeKey& key) const;
  void check_companions(bool has_journal) const;
  void begin(const ResumeKey& key);
  void resume(const Journal& old, const ResumeKey& key);
  void complete_replacement(const Journal& old);
  File open_complete() const;
  std::vector<OldRecord> valid_records(const Journal& old, const File& source) const;
  bool are_in_place(const std::vector<OldRecord>& records, const File& source) const;
  File copy(const std::vector<OldRecord>& records, const File& source) const;
  void replace_journal(const std::string& lines);
  Journal read_own_journal() const;
  void renumber();

  ResumableFileOptions options_;
  std::string work_;  // the file that is written: FILE or FILE.part
  File out_;
  File journal_;           // closed for a stream
  std::uint64_t end_ = 0;  // offset after the last record
  std::uint64_t journal_end_ = 0;
  KeptRecords kept_;
};

// Returns true if the record is torn or damaged: the bytes from `offset` on are not those that the journal
// describes. A run that is killed, a full disk or a power cut leaves torn records.
bool is_torn(const JournalEntry& entry, const File& file, std::uint64_t offset);

}  // namespace alexnet::app
