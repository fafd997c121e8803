#include "batch/output/sqlite_sink.hpp"

#include <cstdio>
#include <filesystem>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "network/class_names.hpp"
#include "print/json.hpp"
#include "run/record.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

const std::string& checked(const std::string& file) {
  refuse_foreign(file);
  return file;
}

const std::string& ready(const std::string& file, Existing existing) {
  if (existing == Existing::overwrite) empty_if_damaged(file);
  if (existing == Existing::resume && is_database(file)) check_sound(file, Database::Use::output);
  return file;
}

// Returns NULL for "", a text for UTF-8, and a blob for other bytes.
Value text_or_bytes(const std::string& text) {
  if (text.empty()) return {};
  return is_utf8(text) ? Value(text) : Value(Blob{text});
}

}  // namespace

SqliteSink::SqliteSink(const std::string& file, Existing existing, bool moves, const ResumeKey& run,
                       const Model& model)
    : model_(model),
      file_(real_name(checked(file))),
      lock_(file_ + ".lock"),
      was_there_(is_there(file_)),
      database_(ready(file_, existing)) {
  try {
    take_over(existing, run);
  } catch (...) {
    if (!was_there_) std::remove(file_.c_str());
    throw;
  }
  database_.run("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL");
  // Moved images cannot be classified again, so their records must survive a power failure.
  if (moves) database_.run("PRAGMA synchronous = FULL");
  // Also creates the files that WAL needs, so that has() recognises them from now on.
  keep_unchanged(moves);
}

void SqliteSink::take_over(Existing existing, const ResumeKey& run) {
  if (existing == Existing::refuse)
    refuse_images(database_, "use --resume to continue it or --overwrite to replace it");
  if (existing == Existing::resume) {
    if (const std::optional<StoredRun> old = stored_run(database_)) {
      if (const std::optional<RunDifference> other = difference(old->run, as_stored(run)))
        throw UsageError(cannot_resume(file_, *other));
      return;
    }
  }
  database_.transaction([&] { make_tables(database_, run); });
  database_.run("VACUUM");  // free the space of the old tables
}

void SqliteSink::keep_unchanged(bool moves) {
  std::vector<std::int64_t> others;
  for (Statement image(database_,
                       "SELECT id, ifnull(path_bytes, path), bytes, mtime_ns, stage IS NOT NULL, sorted_to "
                       "IS NOT NULL, list_index FROM images "
                       "LEFT JOIN failures ON image_id = id");
       image.next();) {
    const std::string path = image.bytes(1);
    const FileState then{image.integer(2).value_or(-1), image.integer(3).value_or(0)};
    const bool failed = image.integer(4) != 0;
    const bool moved = moves && image.integer(5) != 0;
    if (!failed && is_unchanged(path, then, moved))
      kept_.add(path, static_cast<std::uint64_t>(image.integer(6).value_or(0)));
    else
      others.push_back(image.integer(0).value_or(0));
  }
  database_.transaction([&] {
    Statement remove(database_, "DELETE FROM images WHERE id = ?");
    for (const std::int64_t id : others) remove.run({id});
    set_end(database_, std::nullopt);
  });
}

bool SqliteSink::has(const Record& image) {
  const std::string& path = image.path;
  if (kept_.find(path, image.index)) return true;
  std::error_code ignored;
  if (!fs::path(path).filename().string().starts_with(fs::path(file_).filename().string())) return false;
  for (const char* extension : {"", "-wal", "-shm", "-journal"})
    if (fs::equivalent(path, file_ + extension, ignored)) return true;
  return false;
}

void SqliteSink::write(const std::vector<Record>& records) {
  Statement image(
      database_,
      "INSERT INTO images (list_index, path, path_bytes, bytes, mtime_ns, crops, decode_scale, sorted_to) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  Statement prediction(database_, "INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?)");
  Statement failure(database_, "INSERT INTO failures VALUES (?, ?, ?)");
  database_.transaction([&] {
    for (const Record& record : records) {
      const std::string path = utf8(record.path);
      const bool known = record.file.bytes >= 0;
      image.run({static_cast<std::int64_t>(record.index), path,
                 path == record.path ? Value() : Value(Blob{record.path}),
                 known ? Value(record.file.bytes) : Value(), known ? Value(record.file.mtime_ns) : Value(),
                 std::int64_t{record.crops}, record.failed() ? Value() : Value(record.decode_scale),
                 text_or_bytes(record.sorted_to)});
      const std::int64_t id = database_.last_id();
      if (record.failed()) failure.run({id, to_string(*record.stage), utf8(record.reason)});
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

// Gives the records their positions in the list of this run, because files were added or removed since they
// were written.
void SqliteSink::renumber() {
  std::vector<std::pair<std::int64_t, std::int64_t>> changed;  // id, new position
  for (Statement image(database_, "SELECT id, ifnull(path_bytes, path), list_index FROM images");
       image.next();) {
    const std::int64_t is = image.integer(2).value_or(0);
    const auto index =
        static_cast<std::int64_t>(kept_.index_of(image.bytes(1)).value_or(static_cast<std::uint64_t>(is)));
    if (index != is) changed.emplace_back(image.integer(0).value_or(0), index);
  }
  Statement update(database_, "UPDATE images SET list_index = ? WHERE id = ?");
  for (const auto& [id, index] : changed) update.run({index, id});
}

void SqliteSink::finish(const std::optional<EndOfList>& end) {
  if (end)
    database_.transaction([&] {
      if (kept_.moved()) renumber();
      set_end(database_, end);
    });
  database_.close();
}

}  // namespace alexnet::app
