// An output of records that another run can continue: a file with its journal, or a stream, which has none.
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
  JournalEntry entry;  // but its length and checksum
};

struct RecordFileOptions {
  std::string file;           // "-": standard output
  std::string prologue = {};  // what stands before the first record
  bool completes = false;     // grows as FILE.part and becomes FILE when it is complete
  Existing existing = Existing::refuse;
  bool whole = false;  // makes all records of the run, so that an unfinished file of the same run is replaced
  bool gone_is_done = false;  // images of which there are records were moved, once they are gone
};

class RecordFile {
 public:
  // Takes the file for this run alone. Existing::resume keeps the records of images that are as they were and did not fail,
  // drops the others and whatever is torn or was changed, and appends. Existing::refuse refuses any file that is not empty.
  // Throws OutputError if the file cannot be written, and std::runtime_error if another run has it, if it is to be resumed and
  // was made by a run with another identity, if it is a database, or if a file that would be written beside it is foreign. Then
  // everything is left as it was.
  RecordFile(RecordFileOptions options, const RunIdentity& run);

  // Whether an earlier run left a record of the image. `index`: its position in the list of this run.
  bool has(const std::string& path, std::uint64_t index) { return kept_.find(path, index); }
  std::size_t kept() const { return kept_.size(); }

  // All of them or, where it throws OutputError, none.
  void append(std::vector<NewRecord> records);

  // Those of all records that did not fail, in the file's order.
  std::vector<std::string> paths() const;
  // Writes over the prologue, which keeps its length, and after the last record.
  void frame(std::string_view prologue, std::string_view epilogue) const;
  // Closes the file. `end`: none if the run did not come to the end of its list.
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
  std::string work_;  // the file that grows
  std::optional<OutputHandle> out_;
  std::optional<OutputHandle> journal_;  // none: a stream
  std::uint64_t end_ = 0;                // of the last record
  std::uint64_t journal_end_ = 0;
  KeptRecords kept_;
};

}  // namespace alexnet::app
