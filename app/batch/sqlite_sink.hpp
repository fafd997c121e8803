// Results in an SQLite database; README documents its tables. While a run writes it, other programs may read it.
#pragma once

#include "batch/database.hpp"
#include "batch/journal.hpp"
#include "batch/output_handle.hpp"
#include "batch/seen_paths.hpp"
#include "batch/sink.hpp"

namespace alexnet::app {

// FILE.lock, locked as long as this lives. Not the database itself: a network file system does not tell the lock of
// open_locked from those that SQLite takes.
class LockFile {
 public:
  explicit LockFile(std::string name) : name_(std::move(name)), handle_(open_locked(name_)) {}
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  std::string name_;
  OutputHandle handle_;
};

class SqliteSink : public Sink {
 public:
  // Takes the database for this run alone, as RecordFile does with its file, and with the same refusals. Throws
  // std::runtime_error, before anything is written, also where the file is not a database that a batch run made.
  SqliteSink(const std::string& file, bool resume, const RunIdentity& run, const Model& model);

  // Also true of the database's own files, which must not be opened beside SQLite: closing them would end its locks.
  bool has(const std::string& path) const override;
  std::size_t kept() const override { return kept_.size(); }
  void write(const std::vector<Result>& results) override;
  void finish(bool complete) override;

 private:
  void take_over(bool resume, const RunIdentity& run);
  void begin(const RunIdentity& run);
  void keep_unchanged();

  const Model& model_;
  std::string file_;
  LockFile lock_;
  Database database_;
  SeenPaths kept_;
};

}  // namespace alexnet::app
