// An output of records that another run can continue: a file with its journal, or a stream, which has none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/journal.hpp"
#include "batch/output_handle.hpp"
#include "batch/seen_paths.hpp"

namespace alexnet::app {

struct NewRecord {
  std::string bytes;
  JournalEntry entry;  // but its length and checksum
};

struct RecordFileOptions {
  std::string file;           // "-": standard output
  std::string prologue = {};  // what stands before the first record
  bool completes = false;     // grows as FILE.part and becomes FILE when it is complete
  bool resume = false;
  bool whole = false;  // makes all records of the run, so that an unfinished file of the same run is replaced
  bool gone_is_done = false;  // images of which there are records were moved, once they are gone
};

class RecordFile {
 public:
  // Takes the file for this run alone. With `resume` it keeps the records of images that are as they were and did not fail,
  // drops the others and whatever is torn or was changed, and appends. Throws OutputError where it cannot be written and
  // std::runtime_error where another run has it, it was made by a run with another identity, or, without `resume`, it is
  // that of an unfinished run.
  RecordFile(RecordFileOptions options, const RunIdentity& run);

  bool has(const std::string& path) const { return kept_.contains(path_key(path)); }
  std::size_t kept() const { return kept_.size(); }

  // All of them or, where it throws OutputError, none.
  void append(std::vector<NewRecord> records);

  // Those of all records that did not fail, in the file's order.
  std::vector<std::string> paths() const;
  // Writes over the prologue, which keeps its length, and after the last record.
  void frame(std::string_view prologue, std::string_view epilogue) const;
  void finish(bool complete);

 private:
  struct Kept {
    JournalEntry entry;
    std::uint64_t offset = 0;
  };

  void take_over(const RunIdentity& run);
  std::vector<Kept> unchanged(const Journal& old, const OutputHandle& source) const;
  void finish_replacing(const Journal& old);
  OutputHandle copy(const std::vector<Kept>& kept, const OutputHandle& source) const;

  RecordFileOptions options_;
  std::string work_;  // the file that grows
  std::optional<OutputHandle> out_;
  std::optional<OutputHandle> journal_;  // none: a stream
  std::uint64_t end_ = 0;                // of the last record
  std::uint64_t journal_end_ = 0;
  SeenPaths kept_;
};

}  // namespace alexnet::app
