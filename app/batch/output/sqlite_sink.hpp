// Results in an SQLite database; README documents its tables. While a run writes it, other programs may read it.
#pragma once

#include "batch/output/kept_records.hpp"
#include "batch/output/sink.hpp"
#include "batch/output/sqlite_schema.hpp"

namespace alexnet::app {

class SqliteSink : public Sink {
 public:
  // Takes the database for this run alone, as RecordFile does with its file, and with the same refusals. Also throws
  // std::runtime_error, before anything is written, if the file is not a database that a batch run made, and if it is to be
  // resumed and is damaged. moves: images that were sorted are where they were sorted to.
  SqliteSink(const std::string& file, Existing existing, bool moves, const RunIdentity& run,
             const Model& model);

  // Also true of the database's own files, which must not be opened beside SQLite: closing them would end its locks.
  bool has(const Listed& listed) override;
  std::size_t kept() const override { return kept_.size(); }
  void write(const std::vector<Result>& results) override;
  void finish(const std::optional<EndOfList>& end) override;

 private:
  void take_over(Existing existing, const RunIdentity& run);
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
