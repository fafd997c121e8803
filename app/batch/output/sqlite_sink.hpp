// Writes results to an SQLite database; docs/batch.md documents its tables. Other programs may read it
// meanwhile.
#pragma once

#include "batch/output/kept_records.hpp"
#include "batch/output/sink.hpp"
#include "batch/output/sqlite_schema.hpp"

namespace alexnet::app {

class SqliteSink : public Sink {
 public:
  // Locks the database for this run. `existing` has the same meaning, and the same errors, as for
  // ResumableFile. Also throws UsageError, before anything is written, if the file is not a database that a
  // batch run made, or if it is to be resumed and is damaged. moves: the run moves the images that it sorts.
  // The model must outlive the sink.
  SqliteSink(const std::string& file, Existing existing, bool moves, const ResumeKey& run,
             const Model& model);

  // Also returns true for the database's own files. Only SQLite may open them: closing another descriptor of
  // such a file would release SQLite's locks.
  bool has(const Record& image) override;
  std::size_t kept() const override { return kept_.size(); }
  void write(const std::vector<Record>& records) override;
  void finish(const std::optional<EndOfList>& end) override;

 private:
  void take_over(Existing existing, const ResumeKey& run);
  void keep_unchanged(bool moves);
  void renumber();

  const Model& model_;
  std::string file_;
  LockFile lock_;
  bool was_there_;
  Database database_;
  KeptRecords kept_;
};

}  // namespace alexnet::app
