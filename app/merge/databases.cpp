#include "merge/databases.hpp"

#include <filesystem>
#include <list>
#include <stdexcept>

#include "batch/run_tables.hpp"
#include "batch/seen_paths.hpp"

namespace alexnet::app {
namespace {

ShardOutput shard_in(Database& database) {
  const std::optional<StoredRun> stored = stored_run(database);
  if (!stored) throw std::runtime_error(database.file() + ": holds no run");
  return {database.file(), stored->run, stored->done};
}

// All that `select` gives, whose first column is an image's id in its shard.
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

}  // namespace

Merged merge_databases(const std::string& output, const std::vector<std::string>& inputs) {
  std::list<Database> parts;
  std::vector<ShardOutput> shards;
  for (const std::string& file : inputs) {
    if (!is_database(file)) throw std::runtime_error(file + ": is no database, as " + inputs.front() + " is");
    refuse_foreign(file);
    Database& part = parts.emplace_back(file);
    part.run("BEGIN");  // as it is now, whoever writes
    shards.push_back(shard_in(part));
  }
  check_shards(shards);
  SeenPaths seen;
  for (Database& part : parts)
    for (Statement path(part, "SELECT ifnull(path_bytes, path) FROM images"); path.next();)
      if (!seen.insert(path_key(path.bytes(0))))
        throw std::runtime_error(part.file() + ": " + path.bytes(0) + ": comes twice");
  refuse_foreign(output);
  const std::string file = real_name(output);
  const LockFile lock(file + ".lock");
  Database out(file);
  refuse_unfinished(out);
  Merged merged;
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
    set_done(out, true);
  });
  out.close();
  return merged;
}

}  // namespace alexnet::app
