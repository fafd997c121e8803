#include "merge/databases.hpp"

#include <filesystem>
#include <list>

#include "alexnet/error.hpp"
#include "batch/list/path_set.hpp"
#include "batch/output/result_format.hpp"
#include "batch/output/sqlite_schema.hpp"

namespace alexnet::app {
namespace {

ShardOutput shard_in(Database& database) {
  const std::optional<StoredRun> stored = stored_run(database);
  if (!stored) throw UsageError(database.file() + ": holds no results of alexnet batch");
  return {database.file(), stored->run, stored->end};
}

// Copies all rows of `select` with the statement `insert`. Adds `more` to the first column, an image id.
// Returns the number of rows.
std::size_t copy_rows(Database& from, const char* select, Database& to, const char* insert,
                      std::int64_t more) {
  std::size_t rows = 0;
  Statement source(from, select);
  for (Statement target(to, insert); source.next(); ++rows) {
    std::vector<Value> row = source.row();
    row.front() = std::get<std::int64_t>(row.front()) + more;
    target.run(row);
  }
  return rows;
}

// Returns the list of the merged output. Throws UsageError if an image has two records or
// PositionCheck fails.
EndOfList check_records(const std::vector<ShardOutput>& shards, std::list<Database>& parts) {
  std::size_t records = 0;
  for (Database& part : parts) {
    Statement count(part, "SELECT count(*) FROM images");
    count.next();
    records += static_cast<std::size_t>(count.integer(0).value_or(0));
  }
  PositionCheck check(shards, records);
  PathSet seen;
  for (Database& part : parts)
    for (Statement image(part, "SELECT ifnull(path_bytes, path), list_index FROM images"); image.next();) {
      const std::string path = image.bytes(0);
      if (!seen.insert(path_key(path))) throw UsageError(part.file() + ": " + path + ": occurs twice");
      check.add(part.file(), path, static_cast<std::uint64_t>(image.integer(1).value_or(-1)));
    }
  check.finish();
  return check.list();
}

}  // namespace

Merged merge_databases(const std::string& output, const std::vector<std::string>& inputs, Existing existing) {
  std::list<Database> parts;
  std::vector<ShardOutput> shards;
  for (const std::string& file : inputs) {
    if (!is_database(file)) throw UsageError(file + ": is not a database, but " + inputs.front() + " is");
    refuse_foreign(file);
    check_sound(file, Database::Use::input);
    Database& part = parts.emplace_back(file, Database::Use::input);
    part.run("BEGIN");  // read one snapshot, even if another program writes
    shards.push_back(shard_in(part));
  }
  check_shards(shards);
  const EndOfList list = check_records(shards, parts);
  check_merged_name(output, inputs.front(), "sqlite");
  refuse_foreign(output);
  const std::string file = real_name(output);
  const LockFile lock(file + ".lock");
  if (existing == Existing::overwrite) empty_if_damaged(file);
  std::error_code ignored;
  const bool was_there = std::filesystem::exists(file, ignored);
  Merged merged;
  try {
    Database out(file);
    if (existing == Existing::refuse) refuse_images(out, "use --overwrite to replace it");
    out.transaction([&] {
      make_tables(out, unsharded(shards.front().run));
      for (Database& part : parts) {
        Statement last(out, "SELECT ifnull(max(id), 0) FROM images");
        last.next();
        const std::int64_t before = last.integer(0).value_or(0);
        merged.images += copy_rows(part, "SELECT * FROM images ORDER BY id", out,
                                   "INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", before);
        copy_rows(part, "SELECT * FROM predictions", out, "INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?)",
                  before);
        merged.failures +=
            copy_rows(part, "SELECT * FROM failures", out, "INSERT INTO failures VALUES (?, ?, ?)", before);
      }
      set_end(out, list);
    });
    out.close();
  } catch (...) {
    if (!was_there) std::filesystem::remove(file, ignored);
    throw;
  }
  return merged;
}

}  // namespace alexnet::app
