// The SQLite tables of a batch run; docs/batch.md documents them.
#pragma once

#include <optional>

#include "batch/output/database.hpp"
#include "batch/output/resume_journal.hpp"
#include "run/output_file.hpp"

namespace alexnet::app {

// Holds the lock of FILE.lock while it lives, then removes the file. The database itself is not locked,
// because network file systems do not distinguish the lock of open_locked() from SQLite's own locks.
class LockFile {
 public:
  // name: FILE.lock. Throws UsageError if another run has the lock or the file is not empty, and
  // OutputError if the file cannot be created.
  explicit LockFile(std::string name);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  std::string name_;
  File file_;
};

// The contents of the table `run`.
struct StoredRun {
  ResumeKey run;
  std::optional<EndOfList> end;  // none: the run did not reach the end of its list
};
// Returns the key as the table stores it: flat, with "options.top_k" instead of "options": {"top_k"}.
ResumeKey as_stored(const ResumeKey& run);

// Returns true if the file begins like an SQLite database.
bool is_database(const std::string& file);
// Throws UsageError unless the file is absent, empty or a database that a batch run made. If it is
// absent, also throws if it has a -wal, -shm or -journal file with contents, which would be lost. Does not
// open the file with SQLite.
void refuse_foreign(const std::string& file);
// Returns none if there are no tables yet. Throws UsageError if the version of the tables is unknown.
std::optional<StoredRun> stored_run(Database& database);
// Throws UsageError if the database holds images. advice: what to do, for the message.
void refuse_images(Database& database, const std::string& advice);

// Truncates the file to 0 bytes and removes its log if it is a damaged database, so that it can be
// overwritten. Throws OutputError.
void empty_if_damaged(const std::string& file);
// Creates the tables, and drops existing ones. Stores the run.
void make_tables(Database& database, const ResumeKey& run);
// Stores the end of the list. none: the run did not reach it.
void set_end(Database& database, const std::optional<EndOfList>& end);

}  // namespace alexnet::app
