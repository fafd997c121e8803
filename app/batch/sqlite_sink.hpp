// Results in an SQLite database; README documents its tables. While a run writes it, other programs may read it.
#pragma once

#include "batch/run_tables.hpp"
#include "batch/seen_paths.hpp"
#include "batch/sink.hpp"

namespace alexnet::app {

class SqliteSink : public Sink {
 public:
  // Takes the database for this run alone, as RecordFile does with its file, and with the same refusals. Throws
  // std::runtime_error, before anything is written, also where the file is not a database that a batch run made.
  // moves: images that were sorted are where they were sorted to.
  SqliteSink(const std::string& file, bool resume, bool moves, const RunIdentity& run, const Model& model);

  // Also true of the database's own files, which must not be opened beside SQLite: closing them would end its locks.
  bool has(const std::string& path) const override;
  std::size_t kept() const override { return kept_.size(); }
  void write(const std::vector<Result>& results) override;
  void finish(bool complete) override;

 private:
  void take_over(bool resume, const RunIdentity& run);
  void keep_unchanged(bool moves);

  const Model& model_;
  std::string file_;
  LockFile lock_;
  Database database_;
  SeenPaths kept_;
};

}  // namespace alexnet::app
