#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "alexnet/error.hpp"
#include "batch/output/feature_sink.hpp"
#include "batch/output/sqlite_sink.hpp"
#include "batch/output/text_sink.hpp"
#include "cli/command.hpp"
#include "merge/databases.hpp"
#include "merge/records.hpp"
#include "shard_advice.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kImages = 6;
const Model kModel;

// Two shards of a run over six images, of which the third failed. Shard 1 has the images at even positions.
struct Shards {
  TempDir folder;
  std::string format;
  std::string ending = format == "text"       ? ".txt"
                       : format == "sqlite"   ? ".db"
                       : format == "features" ? ".safetensors"
                                              : "." + format;
  std::vector<std::string> files{path("s1" + ending), path("s2" + ending)};
  std::string out = path("all" + ending);
  bool is_database = format == "sqlite";

  explicit Shards(std::string of, const EndOfList& end = {kImages, true}) : format(std::move(of)) {
    for (std::size_t shard = 1; shard <= 2; ++shard) write(files[shard - 1], shard, end);
  }

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }

  ResumeKey run(std::size_t shard) const {
    ResumeKey options{{"format", format}, {"top_k", 1}};
    if (format == "features") {
      options["extract"] = "fc";
      options["width"] = 2;
    }
    return {
        {"model", "m"}, {"model_hash", "h"}, {"options", options}, {"shard", std::to_string(shard) + "/2"}};
  }

  void write(const std::string& file, std::size_t shard, const EndOfList& end) const {
    const std::unique_ptr<Sink> sink = make(file, run(shard));
    for (std::size_t i = shard - 1; i < kImages; i += 2) {
      Record record;
      record.path = "image" + std::to_string(i);
      record.predictions = {{i, 0.5F}};
      if (i == 2) record.fail(Stage::decode, "broken");
      if (i != 2) record.features = {static_cast<float>(i), 1.0F};
      record.index = i;
      sink->write({record});
    }
    sink->finish(end);
  }

  std::unique_ptr<Sink> make(const std::string& file, const ResumeKey& run) const {
    if (is_database) return std::make_unique<SqliteSink>(file, Existing::refuse, false, run, kModel);
    if (format == "features") return std::make_unique<FeatureSink>(file, Existing::refuse, run);
    const Format kind = format == "csv" ? Format::csv : format == "jsonl" ? Format::jsonl : Format::text;
    return std::make_unique<TextSink>(kind, ResumableFileOptions{.file = file}, false, run, kModel);
  }

  Merged merge(Existing existing = Existing::refuse) const {
    return is_database ? merge_databases(out, files, existing) : merge_records(out, files, existing);
  }

  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path()))
      all[entry.path().filename().string()] = cli::read_file(entry.path());
    return all;
  }

  // Returns the error of a refused merge. Checks that no file was changed or added.
  std::string refusal(Existing existing = Existing::refuse) const {
    const auto before = contents();
    const std::string said = message_of<std::runtime_error>([&] { merge(existing); });
    CHECK(message_of<OutputError>([&] { CHECK_THROWS(merge(existing)); }) == "no error");  // status 2
    const auto after = contents();
    CHECK(after.size() == before.size());
    CHECK(after == before);
    return said;
  }

  // Changes rows of a database, or replaces a part of a journal.
  void change(std::size_t shard, const std::string& line_or_sql, const std::string& by = "") const {
    const std::string& file = files[shard - 1];
    if (is_database) return Database(file).run(line_or_sql.c_str());
    std::string journal = cli::read_file(file + ".journal");
    journal.replace(journal.find(line_or_sql), line_or_sql.size(), by);
    folder.write(fs::path(file).filename().string() + ".journal", journal);
  }
};

const std::vector<const char*> kRecordFormats{"text", "jsonl", "csv", "features"};

}  // namespace

TEST_CASE("merged shards are one output that stores the length of its list") {
  for (const char* format : {"text", "jsonl", "csv", "features", "sqlite"}) {
    CAPTURE(format);
    for (const EndOfList& end : {EndOfList{kImages, true}, EndOfList{}, EndOfList{kImages, false}}) {
      const Shards shards(format, end);
      const Merged merged = shards.merge();
      CHECK(merged.images == kImages);
      CHECK(merged.failures == 1);
      std::optional<EndOfList> whole;
      if (shards.is_database) {
        Database database(shards.out);
        whole = stored_run(database)->end;
      } else {
        whole = read_journal(shards.out + ".journal")->end;
      }
      REQUIRE(whole);
      CHECK(whole->images == kImages);
      CHECK(whole->in_order == end.in_order);
    }
  }
}

TEST_CASE("shards that lack a record of the list are not merged and leave no file") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    const std::string journal = cli::read_file(shards.files[1] + ".journal");
    const std::size_t last = journal.find("\n5 ") + 1;
    shards.change(2, journal.substr(last, journal.find('\n', last) + 1 - last));
    const std::string missing = "no shard has the record of position 5 in a list of 6" + kAdvice;
    CHECK(shards.refusal() == missing);
    // Also damage the last record of the file.
    const std::string text = cli::read_file(shards.files[1]);
    fs::resize_file(shards.files[1], text.size() - 10);
    CHECK(shards.refusal() == missing);
  }
  const Shards shards("sqlite");
  shards.change(2, "DELETE FROM images WHERE list_index = 5");
  CHECK(shards.refusal() == "no shard has the record of position 5 in a list of 6" + kAdvice);
}

TEST_CASE("shards of earlier versions that lack the last record are refused by their extra bytes") {
  const Shards shards("jsonl", EndOfList{});
  const std::string journal = cli::read_file(shards.files[1] + ".journal");
  const std::size_t last = journal.find("\n5 ") + 1;
  const std::string line = journal.substr(last, journal.find('\n', last) + 1 - last);
  shards.change(2, line);
  const std::size_t length = std::stoul(line.substr(2));
  CHECK(shards.refusal() == shards.files[1] + ": " + std::to_string(length) +
                                " bytes follow its last record; run the shard again with --resume");
}

TEST_CASE("a record at a wrong position is not merged") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    shards.change(1, "\n0 ", "\n99 ");
    CHECK(shards.refusal() == shards.files[0] + ": image0: has position 99 in a list of 6" + kAdvice);
    shards.change(1, "\n99 ", "\n1 ");
    CHECK(shards.refusal() ==
          shards.files[1] + ": image1: has position 1, which another record has" + kAdvice);
  }
  const Shards shards("sqlite");
  shards.change(1, "UPDATE images SET list_index = 99 WHERE list_index = 0");
  CHECK(shards.refusal() == shards.files[0] + ": image0: has position 99 in a list of 6" + kAdvice);
}

TEST_CASE("a shard's file that does not match its journal is not merged") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    const std::string name = fs::path(shards.files[0]).filename().string();
    const std::string whole = cli::read_file(shards.files[0]);
    shards.folder.write(name, whole + "more");
    CHECK(shards.refusal() ==
          shards.files[0] + ": 4 bytes follow its last record; run the shard again with --resume");
    for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{3}, std::size_t{0}}) {
      shards.folder.write(name, whole.substr(0, size));
      CHECK(shards.refusal().ends_with("was changed after it was written"));
    }
    std::string changed = whole;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    shards.folder.write(name, changed);
    CHECK(shards.refusal().ends_with("was changed after it was written"));
    changed = whole;
    changed.front() = static_cast<char>(changed.front() ^ 1);
    shards.folder.write(name, changed);
    CHECK(shards.refusal().ends_with("was changed after it was written"));
  }
}

TEST_CASE("a shard without its journal or its file is not merged") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    const std::string& file = shards.files[1];
    fs::rename(file, file + ".away");
    CHECK(shards.refusal() == file + ": no such file; check the name");
    fs::rename(file + ".away", file);
    fs::remove(file + ".journal");
    CHECK(shards.refusal() == file + ": its journal " + file +
                                  ".journal is missing; put it beside the file, or run the shard again");
  }
}

TEST_CASE("a path that is in two shards is not merged") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    // Shard 1's file and journal claim to be of shard 2.
    fs::copy_file(shards.files[0], shards.files[1], fs::copy_options::overwrite_existing);
    fs::copy_file(shards.files[0] + ".journal", shards.files[1] + ".journal",
                  fs::copy_options::overwrite_existing);
    shards.change(2, R"("shard":"1/2")", R"("shard":"2/2")");
    CHECK(shards.refusal() == shards.files[1] + ": image0: occurs twice");
  }
}

TEST_CASE("an interrupted merge can be repeated") {
  for (const char* format : kRecordFormats) {
    CAPTURE(format);
    const Shards shards(format);
    shards.merge();
    const std::string whole = cli::read_file(shards.out);
    const std::string journal = cli::read_file(shards.out + ".journal");
    const std::string name = fs::path(shards.out).filename().string();
    shards.folder.write(name + ".journal", journal.substr(0, journal.size() / 2));
    shards.folder.write(name, whole.substr(0, whole.size() / 2));
    CHECK(shards.merge().images == kImages);
    CHECK(cli::read_file(shards.out) == whole);
    CHECK(cli::read_file(shards.out + ".journal") == journal);
  }
}

TEST_CASE("a damaged database is not merged") {
  const Shards shards("sqlite");
  const std::string whole = cli::read_file(shards.files[1]);
  for (const std::size_t size : {std::size_t{100}, std::size_t{5000}, whole.size() / 2, whole.size() - 1}) {
    shards.folder.write("s2.db", whole.substr(0, size));
    CHECK(shards.refusal().starts_with(shards.files[1] + ": is damaged: "));
  }
  shards.folder.write("s2.db", whole + std::string(4096, 'x'));
  CHECK(shards.refusal().starts_with(shards.files[1] + ": is damaged: "));
  shards.folder.write("s2.db", "");
  CHECK(shards.refusal() == shards.files[1] + ": is not a database, but " + shards.files[0] + " is");
}

TEST_CASE("a shard that cannot be read is an error of the input") {
  for (const char* format : {"jsonl", "sqlite"}) {
    CAPTURE(format);
    Shards shards(format);
    shards.files[1] = shards.path(std::string(300, 'x'));
    CHECK(shards.refusal() != "no error");
  }
}

TEST_CASE("merge replaces results only on request, and only after all shards were checked") {
  for (const char* format : {"text", "jsonl", "csv", "features", "sqlite"}) {
    CAPTURE(format);
    const Shards shards(format);
    shards.merge();
    CHECK(shards.refusal() ==
          shards.out + ": holds 6 records of an earlier run; use --overwrite to replace it");
    CHECK_NOTHROW(shards.merge(Existing::overwrite));
    fs::resize_file(shards.files[0], fs::file_size(shards.files[0]) - 1);
    CHECK(shards.refusal(Existing::overwrite) != "no error");
  }
}

TEST_CASE("merge does not start if it would overwrite another program's files") {
  const Shards shards("jsonl");
  shards.folder.write("all.jsonl.new", "mine");
  CHECK(shards.refusal().starts_with(shards.out + ".new: was not written by alexnet batch"));
  const Shards databases("sqlite");
  databases.folder.write("all.db-journal", "mine");
  CHECK(databases.refusal().starts_with(databases.out + "-journal: was not written by alexnet batch"));
  Shards named("csv");
  named.out = named.path("all.jsonl");
  CHECK(named.refusal() ==
        named.out +
            ": the shards hold csv, which does not match the extension '.jsonl'; use another "
            "output file");
}
