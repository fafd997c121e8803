#include "batch/sqlite_sink.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSchema = 1;

// In the file's header, by which a database of ours is known before SQLite opens it: "ALXN".
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
  decode_scale REAL
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

const std::string& checked(const std::string& file) {
  if (is_stream(file))
    throw std::runtime_error((file == "-" ? "standard output" : file) +
                             ": cannot hold a database; name a file with -o");
  std::ifstream in(file, std::ios::binary);
  std::array<char, 72> header{};
  const std::streamsize got = in.read(header.data(), header.size()).gcount();
  const std::string_view all(header.data(), header.size());
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (got > 0 && !(all.starts_with(kMagic) && all.substr(68) == "ALXN"))
    throw std::runtime_error(file + ": is no database that a batch run made; the output needs another name");
  return file;
}

std::int64_t number(Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.next() ? statement.integer(0).value_or(0) : 0;
}

// The table run: "options.top_k" and "5". Texts stand as they are, all else as JSON.
std::map<std::string, std::string> rows_of(const RunIdentity& run) {
  std::map<std::string, std::string> rows;
  const auto text = [](const RunIdentity& value) {
    return value.is_string() ? utf8(value.get_ref<const std::string&>()) : dump(value);
  };
  for (const auto& [key, value] : run.items()) {
    if (!value.is_object()) rows[key] = text(value);
    if (!value.is_object()) continue;
    for (const auto& [inner, inner_value] : value.items()) rows[key + "." + inner] = text(inner_value);
  }
  return rows;
}

RunIdentity identity_of(const std::map<std::string, std::string>& rows) {
  RunIdentity run = RunIdentity::object();
  for (const auto& [key, text] : rows) {
    RunIdentity value = RunIdentity::parse(text, nullptr, false);
    run[key] = value.is_discarded() ? RunIdentity(text) : std::move(value);
  }
  return run;
}

}  // namespace

LockFile::~LockFile() { std::remove(name_.c_str()); }

SqliteSink::SqliteSink(const std::string& file, bool resume, const RunIdentity& run, const Model& model)
    : model_(model), file_(real_name(checked(file))), lock_(file_ + ".lock"), database_(file_) {
  take_over(resume, run);
  database_.run("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL");
  keep_unchanged();  // it also makes the files that WAL needs: has() knows them from now on
}

void SqliteSink::take_over(bool resume, const RunIdentity& run) {
  std::map<std::string, std::string> old;
  std::int64_t images = 0;
  if (number(database_, "SELECT count(*) FROM sqlite_master WHERE name = 'run'") > 0) {
    for (Statement row(database_, "SELECT key, value FROM run"); row.next();)
      old[row.bytes(0)] = row.bytes(1);
    if (old["schema"] != std::to_string(kSchema))
      throw std::runtime_error(file_ + ": schema: is " + old["schema"] + "; this program knows " +
                               std::to_string(kSchema));
    images = number(database_, "SELECT count(*) FROM images");
  }
  const bool done = old["done"] == "true";
  for (const char* key : {"schema", "done"}) old.erase(key);
  if (!resume && !done && images > 0)
    throw std::runtime_error(file_ + ": holds " + std::to_string(images) +
                             " records of a run that did not end; go on with --resume, or remove it");
  if (!resume || old.empty()) return begin(run);
  const std::string other = difference(identity_of(old), identity_of(rows_of(run)));
  if (!other.empty()) throw std::runtime_error(file_ + ": " + other + "; this is another run");
}

void SqliteSink::begin(const RunIdentity& run) {
  database_.transaction([&] {
    database_.run(kTables);
    Statement insert(database_, "INSERT INTO run VALUES (?, ?)");
    insert.run({"schema", std::to_string(kSchema)});
    insert.run({"done", "false"});
    for (const auto& [key, value] : rows_of(run)) insert.run({key, value});
  });
  database_.run("VACUUM");  // what was there before
}

void SqliteSink::keep_unchanged() {
  std::vector<std::int64_t> others;
  for (Statement image(database_,
                       "SELECT id, ifnull(path_bytes, path), bytes, mtime_ns, stage IS NOT NULL FROM images "
                       "LEFT JOIN failures ON image_id = id");
       image.next();) {
    const std::string path = image.bytes(1);
    const FileState then{image.integer(2).value_or(-1), image.integer(3).value_or(0)};
    const bool failed = image.integer(4) != 0;
    if (!failed && then.bytes >= 0 && file_state(path) == then)
      kept_.insert(path_key(path));
    else
      others.push_back(image.integer(0).value_or(0));
  }
  database_.transaction([&] {
    Statement remove(database_, "DELETE FROM images WHERE id = ?");
    for (const std::int64_t id : others) remove.run({id});
    database_.run("UPDATE run SET value = 'false' WHERE key = 'done'");
  });
}

bool SqliteSink::has(const std::string& path) const {
  if (kept_.contains(path_key(path))) return true;
  std::error_code ignored;
  if (!fs::path(path).filename().string().starts_with(fs::path(file_).filename().string())) return false;
  for (const char* ending : {"", "-wal", "-shm", "-journal"})
    if (fs::equivalent(path, file_ + ending, ignored)) return true;
  return false;
}

void SqliteSink::write(const std::vector<Result>& results) {
  Statement image(database_,
                  "INSERT INTO images (list_index, path, path_bytes, bytes, mtime_ns, crops, decode_scale) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)");
  Statement prediction(database_, "INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?)");
  Statement failure(database_, "INSERT INTO failures VALUES (?, ?, ?)");
  database_.transaction([&] {
    for (const Result& result : results) {
      const Record& record = result.record;
      const std::string path = utf8(record.path);
      const bool known = result.file.bytes >= 0;
      image.run({static_cast<std::int64_t>(result.index), path,
                 path == record.path ? Value() : Value(Blob{record.path}),
                 known ? Value(result.file.bytes) : Value(), known ? Value(result.file.mtime_ns) : Value(),
                 std::int64_t{record.crops}, record.failed() ? Value() : Value(record.decode_scale)});
      const std::int64_t id = database_.last_id();
      if (record.failed()) failure.run({id, record.stage, utf8(record.reason)});
      std::int64_t rank = 0;
      for (const Prediction& p : record.predictions) {
        const Label* label = label_of(model_, p);
        prediction.run({id, ++rank, static_cast<std::int64_t>(p.index),
                        label == nullptr || label->id.empty() ? Value() : Value(label->id),
                        label == nullptr ? Value() : Value(utf8(label->text)),
                        static_cast<double>(p.probability)});
      }
    }
  });
}

void SqliteSink::finish(bool complete) {
  if (complete) database_.run("UPDATE run SET value = 'true' WHERE key = 'done'");
  database_.close();
}

}  // namespace alexnet::app
