#include "batch/output/sqlite_schema.hpp"

#include <cstdio>
#include <filesystem>

#include "alexnet/error.hpp"
#include "print/json.hpp"
#include "run/file_marks.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSchema = 1;

// The application id, "ALXN", is in the file's header, so that refuse_foreign() needs no SQLite to recognise
// the file.
constexpr const char* kTables = R"(
PRAGMA application_id = 0x414C584E;
DROP TABLE IF EXISTS failures;
DROP TABLE IF EXISTS predictions;
DROP TABLE IF EXISTS images;
DROP TABLE IF EXISTS run;
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  list_index INTEGER NOT NULL,
  path TEXT NOT NULL,
  path_bytes BLOB,
  bytes INTEGER,
  mtime_ns INTEGER,
  crops INTEGER NOT NULL,
  decode_scale REAL,
  sorted_to TEXT
);
CREATE UNIQUE INDEX images_path ON images (path, ifnull(path_bytes, x''));
CREATE TABLE predictions (
  image_id INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
  rank INTEGER NOT NULL,
  class_index INTEGER NOT NULL,
  class_id TEXT,
  label TEXT,
  probability REAL,
  PRIMARY KEY (image_id, rank)
) WITHOUT ROWID;
CREATE INDEX predictions_label ON predictions (label, probability);
CREATE TABLE failures (
  image_id INTEGER PRIMARY KEY REFERENCES images ON DELETE CASCADE,
  stage TEXT NOT NULL,
  reason TEXT NOT NULL
);
)";

// Returns the first 72 bytes of the file, up to and including the application id.
std::string beginning(const std::string& file) { return bytes_at(file, 0, 72); }

// Returns the text of a column for this value: strings unchanged, all other values as JSON. value_of() is the
// inverse.
std::string text_of(const ResumeKey& value) {
  return value.is_string() ? utf8(value.get_ref<const std::string&>()) : dump(value);
}

ResumeKey value_of(const std::string& text) {
  ResumeKey value = ResumeKey::parse(text, nullptr, false);
  return value.is_discarded() || value.is_object() ? ResumeKey(text) : value;
}

std::int64_t number(Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.next() ? statement.integer(0).value_or(0) : 0;
}

}  // namespace

LockFile::LockFile(std::string name) : name_(std::move(name)), file_(open_locked(name_)) {
  if (file_.size() > 0)
    throw UsageError(name_ +
                     ": was not written by alexnet batch and would be removed; use another output file");
}

LockFile::~LockFile() { std::remove(name_.c_str()); }

ResumeKey as_stored(const ResumeKey& run) {
  ResumeKey all = ResumeKey::object();
  for (const auto& [key, value] : run.items()) {
    if (!value.is_object())
      all[key] = value_of(text_of(value));
    else
      for (const auto& [inner, inner_value] : value.items())
        all[key + "." + inner] = value_of(text_of(inner_value));
  }
  return all;
}

bool is_database(const std::string& file) {
  return beginning(file).starts_with(std::string_view("SQLite format 3\0", 16));
}

void refuse_foreign(const std::string& file) {
  if (is_stream(file))
    throw UsageError((file == "-" ? "standard output" : file) +
                     ": cannot hold a database; name a file with -o");
  const std::string begins = beginning(file);
  if (!begins.empty() && !(is_database(file) && begins.ends_with("ALXN")))
    throw UsageError(file + ": is not a database of alexnet batch; use another output file");
  std::error_code error;
  if (fs::exists(file, error)) return;
  for (const char* extension : {"-wal", "-shm", "-journal"})
    if (const std::string beside = file + extension; fs::file_size(beside, error) > 0 && !error)
      throw UsageError(
          beside + ": was not written by alexnet batch and would be overwritten; use another output file");
}

std::optional<StoredRun> stored_run(Database& database) {
  if (number(database, "SELECT count(*) FROM sqlite_master WHERE name = 'run'") == 0) return std::nullopt;
  StoredRun stored{ResumeKey::object(), std::nullopt};
  EndOfList end;
  bool done = false;
  std::string schema;
  for (Statement row(database, "SELECT key, value FROM run"); row.next();) {
    const std::string key = row.bytes(0);
    const std::string text = row.bytes(1);
    if (key == "schema") {
      schema = text;
    } else if (key == "done") {
      done = text == "true";
    } else if (key == "listed") {
      if (const ResumeKey images = value_of(text); images.is_number_unsigned()) end.images = images;
    } else if (key == "order") {
      end.in_order = text == "natural";
    } else {
      stored.run[key] = value_of(text);
    }
  }
  if (schema != std::to_string(kSchema))
    throw UsageError(database.file() + ": schema: version " + schema + " is unknown (expected " +
                     std::to_string(kSchema) + ")");
  if (done) stored.end = end;
  return stored;
}

void refuse_images(Database& database, const std::string& advice) {
  const std::optional<StoredRun> stored = stored_run(database);
  const std::int64_t images = stored ? number(database, "SELECT count(*) FROM images") : 0;
  if (images > 0)
    throw UsageError(database.file() + ": holds " + std::to_string(images) + " records of " +
                     (stored->end ? "an earlier run" : "an unfinished run") + "; " + advice);
}

void empty_if_damaged(const std::string& file) {
  if (!is_database(file)) return;
  try {
    check_sound(file, Database::Use::output);
  } catch (const OutputError&) {
    throw;
  } catch (const UsageError&) {
    std::error_code error;
    for (const char* extension : {"-wal", "-shm", "-journal"}) fs::remove(file + extension, error);
    fs::resize_file(file, 0, error);
    if (error) throw OutputError(file, error.message());
  }
}

void make_tables(Database& database, const ResumeKey& run) {
  database.run(kTables);
  Statement insert(database, "INSERT INTO run VALUES (?, ?)");
  insert.run({"schema", std::to_string(kSchema)});
  insert.run({"done", "false"});
  const ResumeKey rows = as_stored(run);
  for (const auto& [key, value] : rows.items()) insert.run({key, text_of(value)});
}

void set_end(Database& database, const std::optional<EndOfList>& end) {
  Statement(database, "UPDATE run SET value = ? WHERE key = 'done'").run({end ? "true" : "false"});
  database.run("DELETE FROM run WHERE key IN ('listed', 'order')");
  if (!end || !end->images) return;
  Statement insert(database, "INSERT INTO run VALUES (?, ?)");
  insert.run({"listed", std::to_string(*end->images)});
  insert.run({"order", end->in_order ? "natural" : "none"});
}

}  // namespace alexnet::app
