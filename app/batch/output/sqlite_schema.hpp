// The tables of a batch run in an SQLite database; README documents them.
#pragma once

#include <optional>

#include "batch/output/database.hpp"
#include "batch/output/resume_journal.hpp"
#include "run/output_handle.hpp"

namespace alexnet::app {

// FILE.lock, locked as long as this lives. Not the database itself: a network file system does not tell the lock of
// open_locked from those that SQLite takes.
class LockFile {
 public:
  // Throws std::runtime_error if another run has the lock, or the file is none of ours.
  explicit LockFile(std::string name);
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
  std::optional<EndOfList> end;  // none: the run did not come to the end of its list
};
// As the table gives it back: flat, "options.top_k" in place of "options": {"top_k"}.
RunIdentity as_stored(const RunIdentity& run);

// By its first bytes.
bool is_database(const std::string& file);
// Throws std::runtime_error if the file is a stream, or anything but empty, absent or a database of ours, and if what lies
// beside a database that is still to be made would be lost. SQLite does not open the file.
void refuse_foreign(const std::string& file);
// Returns none if there are no tables yet. Throws std::runtime_error if they are of another version.
std::optional<StoredRun> stored_run(Database& database);
// Throws std::runtime_error if the database holds images. `advice` says what to do.
void refuse_images(Database& database, const std::string& advice);

// Makes it an empty file if it is a damaged database, so that it can be overwritten.
void empty_if_damaged(const std::string& file);
// Replaces the tables that are there by empty ones.
void make_tables(Database& database, const RunIdentity& run);
// Stores how the run ended; none: it did not come to the end of its list.
void set_end(Database& database, const std::optional<EndOfList>& end);

}  // namespace alexnet::app
