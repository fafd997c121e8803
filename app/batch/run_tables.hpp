// The tables of a batch run in an SQLite database; README documents them.
#pragma once

#include <optional>

#include "batch/database.hpp"
#include "batch/journal.hpp"
#include "batch/output_handle.hpp"

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

// What the table `run` says.
struct StoredRun {
  RunIdentity run;
  bool done = false;
};
// As the table gives it back: flat, "options.top_k" in place of "options": {"top_k"}.
RunIdentity as_stored(const RunIdentity& run);

// By its first bytes.
bool is_database(const std::string& file);
// Throws std::runtime_error where the file is a stream, or anything but empty, absent or a database of ours; SQLite does not
// open it.
void refuse_foreign(const std::string& file);
// None where there are no tables yet. Throws std::runtime_error where they are of another version.
std::optional<StoredRun> stored_run(Database& database);
// Throws std::runtime_error where the run did not end and left something.
void refuse_unfinished(Database& database);

// In place of the tables that are there, and empty.
void make_tables(Database& database, const RunIdentity& run);
void set_done(Database& database, bool done);

}  // namespace alexnet::app
