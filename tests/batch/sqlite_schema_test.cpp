#include "batch/output/sqlite_schema.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "alexnet/error.hpp"
#include "batch/output/sqlite_sink.hpp"
#include "batch/some_run.hpp"
#include "cli/command.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

namespace {

const Model kModel;

struct DatabaseBench {
  TempDir folder;
  std::string file = path("r.db");
  bool fails = true;  // every second image fails

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }

  // Unordered names, so that records are inserted in the middle of an index.
  std::string image(std::size_t i) const { return path("image" + std::to_string(i * 7919 % 10007)); }

  // Writes records of images like a batch run.
  void run(Existing existing, std::size_t images, const std::optional<EndOfList>& end) const {
    SqliteSink sink(file, existing, false, kRun, kModel);
    std::vector<Record> records;
    for (std::size_t i = 0; i < images; ++i) {
      const std::string name = image(i);
      if (sink.has({.path = name, .index = i})) continue;
      Record& record = records.emplace_back();
      record.path = name;
      if (fails && i % 2 == 1) record.stage = Stage::decode;
      if (fails && i % 2 == 1) record.reason = std::string(i % 300, 'r');
      for (std::size_t k = 0; k < 2; ++k)
        record.predictions.push_back({k, static_cast<float>((i * 7919 + k * 104729) % 1000) / 1000});
      record.index = i;
      record.file = file_state(name);
    }
    sink.write(records);
    sink.finish(end);
  }
  void write_images(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) folder.write(fs::path(image(i)).filename().string(), "x");
  }
  std::string refusal(Existing existing) const {
    return message_of<std::runtime_error>([&] { run(existing, 0, std::nullopt); });
  }
  std::int64_t count() const {
    Database database(file);
    Statement statement(database, "SELECT count(*) FROM images");
    statement.next();
    return *statement.integer(0);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path()))
      all.push_back(entry.path().filename().string());
    return all;
  }
};

}  // namespace

TEST_CASE("a database stores how its run ended") {
  const DatabaseBench bench;
  const auto stored = [&] {
    Database database(bench.file);
    return stored_run(database);
  };
  bench.run(Existing::refuse, 3, std::nullopt);
  REQUIRE(stored());
  CHECK(!stored()->end);
  for (const EndOfList& end : {EndOfList{3, true}, EndOfList{3, false}, EndOfList{}}) {
    bench.run(Existing::resume, 3, end);
    REQUIRE(stored()->end);
    CHECK(stored()->end->images == end.images);
    CHECK(stored()->end->in_order == end.in_order);
    CHECK(stored()->run == as_stored(kRun));
  }
}

TEST_CASE("a database with results is replaced only on request") {
  const DatabaseBench bench;
  bench.run(Existing::refuse, 4, EndOfList{4, true});
  const std::string before = cli::read_file(bench.file);
  CHECK(bench.refusal(Existing::refuse) ==
        bench.file +
            ": holds 4 records of an earlier run; use --resume to continue it or --overwrite to replace it");
  CHECK(cli::read_file(bench.file) == before);
  CHECK(bench.names() == std::vector<std::string>{"r.db"});
  bench.run(Existing::overwrite, 2, std::nullopt);
  CHECK(bench.count() == 2);
  CHECK(bench.refusal(Existing::refuse).starts_with(bench.file + ": holds 2 records of an unfinished run;"));
}

TEST_CASE("a truncated database is refused and can be replaced") {
  const DatabaseBench bench;
  constexpr std::size_t kImages = 300;
  bench.write_images(kImages);
  bench.run(Existing::refuse, kImages, EndOfList{kImages, true});
  const std::string whole = cli::read_file(bench.file);
  std::size_t refused = 0;
  constexpr std::size_t kCuts = 60;
  for (std::size_t i = 1; i <= kCuts; ++i) {
    // Cut inside pages, at page ends, and one byte before the end.
    const std::size_t size =
        i == kCuts ? whole.size() - 1
                   : whole.size() * i / kCuts / (i % 3 == 0 ? 4096 : 1) * (i % 3 == 0 ? 4096 : 1);
    CAPTURE(size);
    bench.folder.write("r.db", whole.substr(0, size));
    const std::string said = bench.refusal(Existing::resume);
    if (size == 0) continue;
    CHECK(said.starts_with(bench.file + ": is damaged: "));
    CHECK(said.ends_with("; restore it, or start again with --overwrite"));
    CHECK(message_of<OutputError>([&] { CHECK_THROWS(bench.run(Existing::resume, 0, std::nullopt)); }) ==
          "no error");
    CHECK(cli::read_file(bench.file).size() == size);
    ++refused;
    if (i % 10 != 0) continue;
    bench.run(Existing::overwrite, 3, EndOfList{3, true});
    CHECK_NOTHROW(check_sound(bench.file, Database::Use::input));
    CHECK(bench.count() == 3);
  }
  CHECK(refused > kCuts - 3);
}

TEST_CASE("a database with a truncated log is either refused or valid") {
  DatabaseBench bench;
  bench.fails = false;                   // failures would be removed, and then all pages would be in the log
  constexpr std::size_t kImages = 1012;  // enough that most leaves of an index are not in the log
  constexpr std::size_t kBefore = 1000;
  bench.write_images(kImages);
  bench.run(Existing::refuse, kBefore, std::nullopt);
  // The files of a killed run: with a log, some of whose pages are already in the database.
  std::string log;
  std::string database;
  {
    SqliteSink sink(bench.file, Existing::resume, false, kRun, kModel);
    for (std::size_t i = kBefore; i < kImages; ++i) {
      Record record;
      record.path = bench.image(i);
      for (std::size_t k = 0; k < 5; ++k)
        record.predictions.push_back({k, static_cast<float>((i * 7919 + k * 104729) % 1000) / 1000});
      record.index = i;
      record.file = file_state(record.path);
      sink.write({record});
    }
    Database(bench.file).run("PRAGMA wal_checkpoint(PASSIVE)");
    database = cli::read_file(bench.file);
    log = cli::read_file(bench.file + "-wal");
    REQUIRE(log.size() > 50000);
    sink.finish(std::nullopt);
  }
  std::size_t refused = 0;
  constexpr std::size_t kCuts = 60;
  for (std::size_t i = 0; i <= kCuts; ++i) {
    const std::size_t size = log.size() * i / kCuts;
    CAPTURE(size);
    bench.folder.write("r.db", database);
    bench.folder.write("r.db-wal", log.substr(0, size));
    fs::remove(bench.file + "-shm");
    const std::string said = message_of<std::runtime_error>([&] {
      bench.run(Existing::resume, kImages, EndOfList{kImages, true});
    });
    if (said != "no error") {
      CHECK(said.starts_with(bench.file + ": is damaged: "));
      ++refused;
      continue;
    }
    Database whole(bench.file);
    Statement check(whole, "PRAGMA integrity_check");
    REQUIRE(check.next());
    CHECK(check.bytes(0) == "ok");
    CHECK(bench.count() == kImages);
  }
  CHECK(refused > 3);
  CHECK(refused < kCuts);
}

TEST_CASE("files beside a new database stay unchanged") {
  for (const char* name : {"r.db-wal", "r.db-shm", "r.db-journal", "r.db.lock"}) {
    CAPTURE(name);
    const DatabaseBench bench;
    bench.folder.write(name, "mine");
    for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
      CHECK(bench.refusal(existing).starts_with(bench.path(name) + ": was not written by alexnet batch"));
    CHECK(bench.names() == std::vector<std::string>{name});
    CHECK(cli::read_file(bench.path(name)) == "mine");
  }
}

TEST_CASE("a database whose log name is too long is refused and leaves no file") {
  DatabaseBench bench;
  for (const std::size_t length : {249U, 253U}) {
    bench.file = bench.path(std::string(length - 3, 'x') + ".db");
    CHECK(message_of<OutputError>([&] { bench.run(Existing::refuse, 0, std::nullopt); }) != "no error");
    CHECK(bench.names().empty());
  }
}

TEST_CASE("records in a database get their positions from the list of the last run") {
  const DatabaseBench bench;
  bench.write_images(4);
  bench.run(Existing::refuse, 4, EndOfList{4, true});
  {
    SqliteSink sink(bench.file, Existing::resume, false, kRun, kModel);
    for (const std::uint64_t i : {0, 2}) CHECK(sink.has({.path = bench.image(i), .index = i + 1}));
    sink.finish(EndOfList{5, true});
  }
  Database database(bench.file);
  std::vector<std::int64_t> positions;
  for (Statement row(database, "SELECT list_index FROM images ORDER BY path"); row.next();)
    positions.push_back(*row.integer(0));
  CHECK(positions == std::vector<std::int64_t>{1, 3});  // failures were not kept
}
