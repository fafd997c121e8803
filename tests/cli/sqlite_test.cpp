// alexnet batch --format sqlite: the content of the database, and the treatment of an existing one.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Rows = std::vector<std::vector<std::string>>;

class Reader {
 public:
  explicit Reader(const std::string& file, int flags = SQLITE_OPEN_READWRITE) {
    sqlite3* db = nullptr;
    const int result = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
    db_.reset(db);
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db));
  }
  // Returns every value as text; NULL as "NULL".
  Rows query(const std::string& sql) const {
    Rows rows;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_.get()));
    int result = 0;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
      std::vector<std::string>& row = rows.emplace_back();
      for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        row.emplace_back(sqlite3_column_type(statement, column) == SQLITE_NULL
                             ? "NULL"
                             : std::string(bytes, bytes + sqlite3_column_bytes(statement, column)));
      }
    }
    sqlite3_finalize(statement);
    if (result != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_.get()));
    return rows;
  }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

Rows query(const std::string& file, const std::string& sql) { return Reader(file).query(sql); }
std::string one(const std::string& file, const std::string& sql) { return query(file, sql).at(0).at(0); }

void check_sound(const std::string& file) {
  CHECK(one(file, "PRAGMA integrity_check") == "ok");
  CHECK(query(file, "PRAGMA foreign_key_check").empty());
}

// Returns everything stored about the images, ordered by path: the order of writing does not matter.
Rows content(const std::string& file) {
  Rows rows = query(file,
                    "SELECT path, path_bytes, list_index, bytes, mtime_ns, crops, decode_scale FROM images "
                    "ORDER BY path, path_bytes");
  for (const char* sql :
       {"SELECT path, path_bytes, rank, class_index, class_id, label, probability FROM predictions "
        "JOIN images ON image_id = id ORDER BY path, path_bytes, rank",
        "SELECT path, path_bytes, stage, reason FROM failures JOIN images ON image_id = id "
        "ORDER BY path, path_bytes"})
    for (auto& row : query(file, sql)) rows.push_back(std::move(row));
  return rows;
}

struct ManyImages {
  static constexpr std::size_t kImages = 800;
  TemporaryFolder folder;
  std::string file = folder.path("r.db");
  std::string model = "tiny-alexnet";
  ManyImages() {
    fs::create_directory(folder.path("in"));
    for (std::size_t i = 0; i < kImages; ++i)
      fs::create_symlink(fixture(i % 50 == 7 ? "12bit.jpg" : "1x1.png"),
                         folder.path("in/" + std::to_string(i) + ".png"));
  }
  Call call(const std::string& output) const {
    return {.args = {"batch", "-m", model, "-o", output, folder.path("in")}};
  }
};

}  // namespace

TEST_CASE("batch writes the same data to a database as to JSON") {
  const TemporaryFolder folder;
  const std::string bad = folder.write("bad.png", "no image");
  const std::vector<std::string> images{photo("cat.jpg"), bad, photo("rocket.jpg")};
  const auto batch = [&](std::vector<std::string> args) {
    args.insert(args.begin(), "batch");
    args.insert(args.end(), images.begin(), images.end());
    return run(args);
  };
  const std::vector<json> records = json_lines(batch({"--json"}).out);
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {"-o", "r.db"}, {"-o", "r.sqlite"}, {"-o", "r.data", "--format", "sqlite"}}) {
    std::vector<std::string> args = options;
    args[1] = folder.path(args[1]);
    const std::string file = args[1];
    CAPTURE(file);
    const Result result = batch(args);
    CHECK(result.status == 1);
    CHECK(result.out == "");
    check_sound(file);
    for (const char* ending : {"-wal", "-shm", "-journal", ".lock", ".journal"})
      CHECK_FALSE(fs::exists(file + ending));
    const Rows found =
        query(file, "SELECT path, bytes, mtime_ns > 0, path_bytes, crops FROM images ORDER BY list_index");
    REQUIRE(found.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(found[i] ==
            std::vector<std::string>{images[i], std::to_string(fs::file_size(images[i])), "1", "NULL", "1"});
      const std::string where =
          " FROM images LEFT JOIN failures ON image_id = id WHERE path = '" + images[i] + "'";
      const Rows predictions =
          query(file,
                "SELECT rank, class_index, class_id, label, probability FROM predictions JOIN images "
                "ON image_id = id WHERE path = '" +
                    images[i] + "' ORDER BY rank");
      if (records[i].contains("reason")) {
        CHECK(query(file, "SELECT stage, reason, decode_scale" + where) ==
              Rows{{records[i].at("stage"), records[i].at("reason"), "NULL"}});
        CHECK(predictions.empty());
        continue;
      }
      CHECK(query(file, "SELECT stage, decode_scale" + where) == Rows{{"NULL", "0.5"}});
      REQUIRE(predictions.size() == 5);
      for (std::size_t rank = 0; rank < 5; ++rank) {
        const json& p = records[i].at("predictions").at(rank);
        CHECK(predictions[rank][0] == std::to_string(rank + 1));
        CHECK(predictions[rank][1] == std::to_string(p.at("index").get<int>()));
        CHECK(predictions[rank][2] == p.at("id"));
        CHECK(predictions[rank][3] == p.at("label"));
        CHECK(std::stof(predictions[rank][4]) == p.at("probability").get<float>());
      }
    }
    CHECK(one(file, "SELECT value FROM run WHERE key = 'done'") == "true");
    CHECK(one(file, "SELECT value FROM run WHERE key = 'model'") == "tiny-alexnet");
    CHECK(one(file, "SELECT value FROM run WHERE key = 'options.top_k'") == "5");
  }
}

TEST_CASE("a database distinguishes paths by their bytes") {
  const TemporaryFolder folder;
  const std::string image = read_file(fixture("1x1.png"));
  std::string names;
  for (const char* name : {"a\xFE.png", "a\xFF.png", "a\xEF\xBF\xBD.png", "it's\n.png"})
    names += folder.write(name, image) + '\0';
  const std::string file = folder.path("r.db");
  const Result result = run({"batch", "-o", file, "--files-from", "-", "-0"}, names);
  CHECK(result.status == 0);
  const std::string shown = folder.path("a\xEF\xBF\xBD.png");
  CHECK(query(file, "SELECT path, path_bytes FROM images ORDER BY list_index") ==
        Rows{{shown, folder.path("a\xFE.png")},
             {shown, folder.path("a\xFF.png")},
             {shown, "NULL"},
             {folder.path("it's\n.png"), "NULL"}});
  CHECK(contains(run({"batch", "-o", file, "--files-from", "-", "-0", "--resume"}, names).err,
                 "0 images, 0 failed"));
  CHECK_THROWS(
      query(file, "INSERT INTO images SELECT 99, 9, path, path_bytes, 1, 1, 1, 1, NULL FROM images LIMIT 1"));
}

TEST_CASE("a filter drops predictions from a database, but keeps all images") {
  const TemporaryFolder folder;
  const std::string file = folder.path("r.db");
  CHECK(run({"batch", "-o", file, "--label", "*cat*", photo("cat.jpg"), photo("coffee.jpg")}).status == 0);
  CHECK(
      query(file, "SELECT label FROM predictions JOIN images ON image_id = id WHERE list_index = 1").empty());
  CHECK(one(file, "SELECT label FROM predictions JOIN images ON image_id = id WHERE list_index = 0") ==
        "Egyptian cat");
  CHECK(one(file, "SELECT count(*) FROM images") == "2");
}

TEST_CASE("a database survives kill -9, and --resume completes it as an undisturbed run would") {
  const ManyImages many;
  const std::string whole = many.folder.path("whole.db");
  CHECK(run(many.call(whole)).status == 1);
  check_sound(whole);
  Call call = many.call(many.file);
  call.args.emplace_back("--resume");
  call.signal_file = many.file + "-wal";
  call.signal_after_output = SIGTERM;
  CHECK(run(call).status == 143);
  call.signal_after_output = SIGKILL;
  CHECK(run(call).status == -SIGKILL);
  // Check a copy of the database as it was left, which the next run does not repair.
  const std::string copy = many.folder.path("copy.db");
  for (const char* ending : {"", "-wal"}) fs::copy_file(many.file + ending, copy + ending);
  check_sound(copy);
  const std::string count = one(copy, "SELECT count(*) FROM images");
  CHECK(std::stoul(count) > 0);
  call.args.pop_back();
  call.signal_after_output = 0;
  const Result refused = run(call);
  CHECK(refused.status == 2);
  CHECK(refused.err ==
        "alexnet: " + many.file + ": holds " + count +
            " records of an unfinished run; use --resume to continue it or --overwrite to replace it\n");
  call.args.emplace_back("--resume");
  const Result resumed = run(call);
  CHECK(resumed.status == 1);
  CHECK(contains(resumed.err, " were done before"));
  check_sound(many.file);
  CHECK(content(many.file) == content(whole));
  CHECK(one(many.file, "SELECT value FROM run WHERE key = 'done'") == "true");
}

TEST_CASE("a signal leaves one file of whole records, which --resume completes") {
  const ManyImages many;
  Call call = many.call(many.file);
  call.signal_file = many.file + "-wal";
  call.signal_after_output = SIGTERM;
  const Result stopped = run(call);
  CHECK(stopped.status == 143);
  CHECK(contains(stopped.err, "repeat the command with --resume to continue"));
  CHECK_FALSE(fs::exists(many.file + "-wal"));
  CHECK(one(many.file, "SELECT value FROM run WHERE key = 'done'") == "false");
  call.signal_after_output = 0;
  call.args.emplace_back("--resume");
  CHECK(run(call).status == 1);
  CHECK(one(many.file, "SELECT count(*) FROM images") == std::to_string(ManyImages::kImages));
}

TEST_CASE("--resume of a database repeats changed and failed images") {
  const TemporaryFolder folder;
  const std::string file = folder.path("r.db");
  for (const char* name : {"cat.jpg", "coffee.jpg", "rocket.jpg"})
    fs::copy_file(photo(name), folder.path(name));
  folder.write("bad.jpg", "no image");
  const auto go_on = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> args{"batch", "--resume", "-o", file, folder.path()};
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  };
  CHECK(go_on().status == 1);  // with no output, the run starts from the beginning
  const std::string id = "SELECT id FROM images WHERE path = '" + folder.path("cat.jpg") + "'";
  const std::string before = one(file, id);
  folder.write("rocket.jpg", read_file(photo("coffee.jpg")));
  const Result again = go_on();
  CHECK(again.status == 1);
  CHECK(contains(again.err, "2 images, 1 failed"));
  CHECK(contains(again.err, "2 were done before"));
  CHECK(one(file, id) == before);
  CHECK(query(file,
              "SELECT label FROM predictions JOIN images ON image_id = id WHERE rank = 1 ORDER BY path") ==
        Rows{{"tabby, tabby cat"}, {"espresso"}, {"espresso"}});
  CHECK(one(file, "SELECT count(*) FROM images") == "4");
  const std::string bytes = read_file(file);
  const Result other = go_on({"-k", "3"});
  CHECK(other.status == 2);
  CHECK(other.err == "alexnet: cannot resume " + file +
                         ": it was written with -k 5, this run has -k 3; use -k 5 or another output file\n");
  CHECK(read_file(file) == bytes);
}

TEST_CASE("a complete database is replaced only on request") {
  const TemporaryFolder folder;
  const std::string file = folder.path("r.db");
  CHECK(run({"batch", "-o", file, "-k", "3", photo("cat.jpg"), photo("coffee.jpg")}).status == 0);
  Call again{.args = {"batch", "-o", file, "-k", "2", photo("rocket.jpg")}};
  const Result refused = run(again);
  CHECK(refused.status == 2);
  CHECK(
      refused.err ==
      "alexnet: " + file +
          ": holds 2 records of an earlier run; use --resume to continue it or --overwrite to replace it\n");
  again.args.emplace_back("--overwrite");
  CHECK(run(again).status == 0);
  check_sound(file);
  CHECK(query(file, "SELECT path FROM images") == Rows{{photo("rocket.jpg")}});
  CHECK(one(file, "SELECT count(*) FROM predictions") == "2");
  CHECK(one(file, "SELECT value FROM run WHERE key = 'options.top_k'") == "2");
}

TEST_CASE("batch does not overwrite a database of another program") {
  const TemporaryFolder folder;
  const std::string other = folder.path("other.db");
  Reader(other, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).query("CREATE TABLE run (key, value)");
  const std::string newer = folder.path("newer.db");
  CHECK(run({"batch", "-o", newer, photo("cat.jpg")}).status == 0);
  query(newer, "UPDATE run SET value = '2' WHERE key = 'schema'");
  const std::string reason = "is not a database of alexnet batch; use another output file";
  for (const auto& [file, why] : std::vector<std::pair<std::string, std::string>>{
           {folder.write("text.db", "hello"), reason},
           {folder.write("long.db", std::string(5000, 'x')), reason},
           {other, reason},
           {newer, "schema: version 2 is unknown (expected 1)"}}) {
    CAPTURE(file);
    const std::string bytes = read_file(file);
    for (const char* resume : {"--resume", "--exact-decode"}) {
      const Result result = run({"batch", resume, "-o", file, photo("cat.jpg")});
      CHECK(result.status == 2);
      CHECK(result.err == "alexnet: " + file + ": " + why + "\n");
      CHECK(read_file(file) == bytes);
      CHECK_FALSE(fs::exists(file + ".lock"));
    }
  }
}

TEST_CASE("a database cannot be written to a stream") {
  const TemporaryFolder folder;
  const Result out = run({"batch", "--format", "sqlite", photo("cat.jpg")});
  CHECK(out.status == 2);
  CHECK(out.err == "alexnet: standard output: cannot hold a database; name a file with -o\n");
  const std::string pipe = folder.path("pipe.db");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(run({"batch", "-o", pipe, photo("cat.jpg")}).err ==
        "alexnet: " + pipe + ": cannot hold a database; name a file with -o\n");
}

TEST_CASE("a second run on the same database is refused") {
  const TemporaryFolder folder;
  const std::string file = folder.path("r.db");
  const int fd = open((file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(flock(fd, LOCK_EX | LOCK_NB) == 0);
  const Result result = run({"batch", "-o", file, "--resume", photo("cat.jpg")});
  CHECK(result.status == 2);
  CHECK(result.err == "alexnet: " + file + ".lock: another run is writing it\n");
  CHECK_FALSE(fs::exists(file));
  CHECK(fs::exists(file + ".lock"));
  close(fd);
  CHECK(run({"batch", "-o", file, "--resume", photo("cat.jpg")}).status == 0);
}

TEST_CASE("a database can be read while a run writes it") {
  const ManyImages many;
  CHECK(run({"batch", "-o", many.file, "--resume", "--files-from", "-"}, photo("cat.jpg") + "\n").status ==
        0);
  const Reader reader(many.file);
  reader.query("PRAGMA journal_mode = WAL");
  reader.query("BEGIN");
  CHECK(reader.query("SELECT count(*) FROM images") == Rows{{"1"}});
  const Result result = run({"batch", "-o", many.file, "--resume", "--files-from", "-"},
                            photo("cat.jpg") + "\n" + photo("rocket.jpg") + "\n");
  CHECK(result.err != "");
  CHECK(result.status == 0);
  CHECK(reader.query("SELECT count(*) FROM images") == Rows{{"1"}});
  reader.query("COMMIT");
  CHECK(reader.query("SELECT count(*) FROM images") == Rows{{"2"}});
}

TEST_CASE("batch does not read its own database as an image") {
  const TemporaryFolder folder;
  const std::string file = folder.write("r.db", "");
  const std::string image = folder.write("a.png", read_file(fixture("1x1.png")));
  std::string names = image + "\n";
  for (const char* ending : {"", "-wal", "-shm"}) names += folder.path("./r.db") + ending + "\n";
  CHECK(run({"batch", "-o", file, "--files-from", "-"}, names).status == 0);
  CHECK(query(file, "SELECT path FROM images") == Rows{{image}});
}

TEST_CASE("a database that cannot be written ends the run with status 3") {
  const ManyImages many;
  Call call = many.call(many.file);
  call.file_bytes = 200000;
  const Result full = run(call);
  CHECK(full.status == 3);
  CHECK(full.err.starts_with("alexnet: " + many.file + ": "));
  CHECK(lines(full.err).size() == 1);
  check_sound(many.file);
  call.file_bytes = 0;
  call.args.emplace_back("--resume");
  CHECK(run(call).status == 1);
  check_sound(many.file);
  CHECK(one(many.file, "SELECT count(*) FROM images") == std::to_string(ManyImages::kImages));
  CHECK(run({"batch", "-o", many.folder.path("none/r.db"), photo("cat.jpg")}).status == 3);
  const Result folder = run({"batch", "--format", "sqlite", "-o", many.folder.path("in"), photo("cat.jpg")});
  CHECK(folder.status == 3);
  CHECK(folder.err ==
        "alexnet: " + many.folder.path("in") + ": unable to open database file: Is a directory\n");
}

TEST_CASE("a database keeps moved images when the run is resumed") {
  const TemporaryFolder folder;
  const std::string file = folder.path("r.db");
  const std::string image = read_file(photo("coffee.jpg"));
  const std::string odd = folder.write("in/b\xFF.jpg", image);
  folder.write("in/a.jpg", image);
  const auto batch = [&] {
    return run(
        {"batch", "--resume", "-o", file, "--sort-into", folder.path("sorted"), "--move", folder.path("in")});
  };
  CHECK(batch().status == 0);
  CHECK(fs::is_empty(folder.path("in")));
  const std::string all = "SELECT path, sorted_to, typeof(sorted_to) FROM images ORDER BY list_index";
  const Rows moved = query(file, all);
  REQUIRE(moved.size() == 2);
  CHECK(moved[0] ==
        std::vector<std::string>{folder.path("in/a.jpg"), folder.path("sorted/espresso/a.jpg"), "text"});
  CHECK(moved[1][1] == folder.path("sorted/espresso/b\xFF.jpg"));
  CHECK(moved[1][2] == "blob");
  CHECK(fs::exists(moved[1][1]));
  folder.write("in/c.jpg", read_file(photo("rocket.jpg")));
  CHECK(contains(batch().err, "1 image, 0 failed"));
  CHECK(query(file, all).size() == 3);
  folder.write("in/a.jpg", image);  // a new image of that name
  CHECK(batch().status == 0);
  CHECK(query(file, all).size() == 3);
  CHECK(fs::exists(folder.path("sorted/espresso/a.jpg")));
}

TEST_CASE("a merged database equals the database of one run") {
  ManyImages many;
  many.model = write_tiny_model(many.folder);  // many runs
  const std::string whole = many.folder.path("whole.db");
  CHECK(run(many.call(whole)).status == 1);
  std::vector<std::string> parts;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    parts.push_back(many.folder.path(std::string("part") + shard[0] + ".db"));
    Call call = many.call(parts.back());
    call.args.insert(call.args.end(), {"--shard", shard});
    run(call);
  }
  const auto merge = [&](const std::vector<std::string>& inputs, const std::string& output) {
    std::vector<std::string> args{"merge", output};
    args.insert(args.end(), inputs.begin(), inputs.end());
    return run(args);
  };
  const auto refused = [&](const std::vector<std::string>& inputs, const std::string& message) {
    const Result result = merge(inputs, many.folder.path("refused.db"));
    CHECK(result.status == 2);
    CHECK(result.err == "alexnet: " + message + "\n");
    CHECK_FALSE(fs::exists(many.folder.path("refused.db")));
  };
  const Result merged = merge({parts[1], parts[2], parts[0]}, many.file);
  CHECK(merged.err == "3 shards, 800 images, 16 failed\n");
  CHECK(merged.status == 0);
  check_sound(many.file);
  CHECK(content(many.file) == content(whole));
  const std::string of_run = "SELECT * FROM run ORDER BY key";
  CHECK(query(many.file, of_run) == query(whole, of_run));
  for (const std::string& part : parts) check_sound(part);
  Call again = many.call(many.file);
  again.args.emplace_back("--resume");
  CHECK(contains(run(again).err, "784 were done before"));

  refused({parts[0], parts[2]}, "shard 2/3 is missing");
  refused({parts[0], whole, parts[2]}, whole + ": is shard 1/1, but " + parts[0] + " is 1/3");
  const std::string text = many.folder.write("text.jsonl", "{}\n");
  refused({parts[0], text}, text + ": is not a database, but " + parts[0] + " is");
  CHECK(merge(parts, many.folder.write("mine.db", "mine")).status == 2);
  CHECK(merge(parts, "-").err == "alexnet: standard output: cannot hold a database; name a file with -o\n");
  CHECK(read_file(many.folder.path("mine.db")) == "mine");
  const std::string first = one(parts[1], "SELECT path FROM images WHERE id = 1");
  query(parts[0], "UPDATE images SET path = '" + first + "' WHERE id = 1");
  refused(parts, parts[1] + ": " + first + ": occurs twice");
  query(parts[1], "UPDATE run SET value = 'false' WHERE key = 'done'");
  refused(parts, parts[1] + ": its run did not finish; continue shard 2/3 with --resume");
}
