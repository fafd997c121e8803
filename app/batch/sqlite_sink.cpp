#include "batch/sqlite_sink.hpp"

#include <filesystem>
#include <stdexcept>

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

const std::string& checked(const std::string& file) {
  refuse_foreign(file);
  return file;
}

// NULL for "", and what is not UTF-8 as it is.
Value text_or_bytes(const std::string& text) {
  if (text.empty()) return {};
  return utf8(text) == text ? Value(text) : Value(Blob{text});
}

}  // namespace

SqliteSink::SqliteSink(const std::string& file, bool resume, bool moves, const RunIdentity& run,
                       const Model& model)
    : model_(model), file_(real_name(checked(file))), lock_(file_ + ".lock"), database_(file_) {
  take_over(resume, run);
  database_.run("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL");
  if (moves) database_.run("PRAGMA synchronous = FULL");  // what was moved cannot be done again
  keep_unchanged(moves);  // it also makes the files that WAL needs: has() knows them from now on
}

void SqliteSink::take_over(bool resume, const RunIdentity& run) {
  if (!resume) refuse_unfinished(database_);
  if (const std::optional<StoredRun> old = stored_run(database_); old && resume) {
    const std::string other = difference(old->run, as_stored(run));
    if (!other.empty()) throw std::runtime_error(file_ + ": " + other + "; this is another run");
    return;
  }
  database_.transaction([&] { make_tables(database_, run); });
  database_.run("VACUUM");  // what was there before
}

void SqliteSink::keep_unchanged(bool moves) {
  std::vector<std::int64_t> others;
  for (Statement image(database_,
                       "SELECT id, ifnull(path_bytes, path), bytes, mtime_ns, stage IS NOT NULL, sorted_to "
                       "IS NOT NULL FROM images "
                       "LEFT JOIN failures ON image_id = id");
       image.next();) {
    const std::string path = image.bytes(1);
    const FileState then{image.integer(2).value_or(-1), image.integer(3).value_or(0)};
    const bool failed = image.integer(4) != 0;
    const bool moved = moves && image.integer(5) != 0;
    if (!failed && holds_still(path, then, moved))
      kept_.insert(path_key(path));
    else
      others.push_back(image.integer(0).value_or(0));
  }
  database_.transaction([&] {
    Statement remove(database_, "DELETE FROM images WHERE id = ?");
    for (const std::int64_t id : others) remove.run({id});
    set_done(database_, false);
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
  Statement image(
      database_,
      "INSERT INTO images (list_index, path, path_bytes, bytes, mtime_ns, crops, decode_scale, sorted_to) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
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
                 std::int64_t{record.crops}, record.failed() ? Value() : Value(record.decode_scale),
                 text_or_bytes(record.sorted_to)});
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
  if (complete) set_done(database_, true);
  database_.close();
}

}  // namespace alexnet::app
