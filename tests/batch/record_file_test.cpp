#include "batch/output/resumable_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "batch/some_run.hpp"
#include "cli/command.hpp"
#include "core/error.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

namespace {

// Images and an output with their records.
struct RecordFileBench {
  TempDir folder;
  std::string file = path("r.csv");
  std::string prologue = "header\n";
  bool completes = false;
  std::vector<std::string> images;

  explicit RecordFileBench(std::size_t count = 3) {
    for (std::size_t i = 0; i < count; ++i)
      images.push_back(folder.write("image" + std::to_string(i), std::string(i + 1, 'x')).string());
  }

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    return folder.write(name, bytes).string();
  }
  static std::string record(const std::string& image) { return "record of " + image + "\n"; }

  RecordFile open(Existing existing, bool whole = false) const {
    return {
        {.file = file, .prologue = prologue, .completes = completes, .existing = existing, .whole = whole},
        kRun};
  }
  static void append(RecordFile& out, const std::string& image, std::uint64_t index) {
    out.append({{record(image), {.index = index, .file = file_state(image), .path = image}}});
  }
  // Writes records like a batch run.
  void run(Existing existing, bool to_the_end = true) const {
    RecordFile out = open(existing);
    for (std::size_t i = 0; i < images.size(); ++i)
      if (!out.has(images[i], i)) append(out, images[i], i);
    out.finish(to_the_end ? std::optional(EndOfList{images.size(), true}) : std::nullopt);
  }
  std::string refusal(Existing existing = Existing::refuse) const {
    return message_of<std::runtime_error>([&] { open(existing); });
  }
  std::string whole() const {
    std::string text = prologue;
    for (const std::string& image : images) text += record(image);
    return text;
  }
  // Returns the names and bytes of all files.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path()))
      all[entry.path().filename().string()] = cli::read_file(entry.path());
    return all;
  }
};

}  // namespace

TEST_CASE("results of an earlier run are replaced only when that is asked for") {
  const RecordFileBench bench;
  bench.run(Existing::refuse);
  const auto before = bench.files();
  CHECK(before.at("r.csv") == bench.whole());
  CHECK(bench.refusal() ==
        bench.file +
            ": holds 3 records of an earlier run; use --resume to continue it or --overwrite to replace it");
  CHECK(message_of<std::runtime_error>([&] { bench.open(Existing::refuse, true); }) ==
        bench.file + ": holds 3 records of an earlier run; use --overwrite to replace it");
  CHECK(bench.files() == before);
  bench.run(Existing::resume);
  CHECK(bench.files() == before);
  const RunIdentity other{{"model", "other"}};
  RecordFile({.file = bench.file, .prologue = "h\n", .existing = Existing::overwrite}, other)
      .finish(EndOfList{0, true});
  CHECK(cli::read_file(bench.file) == "h\n");
  CHECK(cli::read_file(bench.file + ".journal") ==
        "{\"alexnet_journal\":1,\"model\":\"other\"}\ndone 0 natural\n");
  CHECK(!fs::exists(bench.file + ".new"));
}

TEST_CASE("results of an unfinished run are replaced only when that is asked for") {
  const RecordFileBench bench;
  bench.run(Existing::refuse, false);
  CHECK(bench.refusal() == bench.file +
                               ": holds 3 records of an unfinished run; use --resume to continue it or "
                               "--overwrite to replace it");
  bench.run(Existing::overwrite);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE("a file that is not empty is replaced only when that is asked for, whoever wrote it") {
  const RecordFileBench bench;
  bench.write("r.csv", "mine");
  const auto before = bench.files();
  CHECK(bench.refusal() == bench.file + ": already exists; use --overwrite to replace it");
  CHECK(bench.refusal(Existing::resume) == "cannot resume " + bench.file + ": its journal " + bench.file +
                                               ".journal is missing; use --overwrite or another output file");
  CHECK(bench.files() == before);
  bench.run(Existing::overwrite);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE(
    "a run begins in an empty file, in one that holds no record yet, and in one whose records were removed") {
  const RecordFileBench bench;
  bench.write("r.csv", "");
  bench.open(Existing::refuse).finish(std::nullopt);
  CHECK(cli::read_file(bench.file) == bench.prologue);
  bench.run(Existing::refuse);
  fs::remove(bench.file);
  bench.run(Existing::refuse);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE(
    "a run that was killed before its journal knew a record is not replaced, except by a merge of the same "
    "run") {
  const RecordFileBench bench;
  bench.open(Existing::refuse).finish(std::nullopt);
  bench.write("r.csv", bench.whole());
  CHECK(bench.refusal() == bench.file +
                               ": holds 0 records of an unfinished run; use --resume to continue it or "
                               "--overwrite to replace it");
  CHECK(cli::read_file(bench.file) == bench.whole());
  bench.open(Existing::refuse, true).finish(std::nullopt);
  CHECK(cli::read_file(bench.file) == bench.prologue);
}

TEST_CASE("records that a filter left out are not replaced without a word") {
  const RecordFileBench bench;
  {
    RecordFile out = bench.open(Existing::refuse);
    out.append({{"", {.index = 0, .file = file_state(bench.images[0]), .path = bench.images[0]}}});
    out.finish(EndOfList{1, true});
  }
  CHECK(bench.refusal().starts_with(bench.file + ": holds 1 records of an earlier run;"));
}

TEST_CASE("features that are complete or begun are replaced only when that is asked for") {
  RecordFileBench bench;
  bench.completes = true;
  bench.file = bench.path("f.safetensors");
  bench.run(Existing::refuse, false);
  CHECK(fs::exists(bench.file + ".part"));
  CHECK(bench.refusal().starts_with(bench.file + ": holds 3 records of an unfinished run"));
  bench.run(Existing::resume);
  CHECK(!fs::exists(bench.file + ".part"));
  CHECK(bench.refusal().starts_with(bench.file + ": holds 3 records of an earlier run"));
  CHECK(!fs::exists(bench.file + ".part"));
  fs::remove(bench.file + ".journal");
  for (const Existing existing : {Existing::refuse, Existing::resume})
    CHECK(bench.refusal(existing) != "no error");
  CHECK(cli::read_file(bench.file) == bench.whole());
  bench.write("f.safetensors.part", "mine");
  fs::remove(bench.file);
  CHECK(bench.refusal() == bench.file + ".part: already exists; use --overwrite to replace it");
  bench.run(Existing::overwrite);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE("a file of somebody else that lies beside the output is left alone") {
  for (const char* name : {"r.csv.journal", "r.csv.journal.new", "r.csv.new"}) {
    CAPTURE(name);
    const RecordFileBench bench;
    bench.write(name, "mine");
    const auto before = bench.files();
    for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
      CHECK(bench.refusal(existing) ==
            bench.path(name) +
                ": was not written by alexnet batch and would be overwritten; use another output file");
    CHECK(bench.files() == before);
  }
}

TEST_CASE("a database is not replaced by a text file") {
  const RecordFileBench bench;
  bench.write("r.csv", std::string("SQLite format 3\0", 16) + std::string(200, 'x'));
  const auto before = bench.files();
  for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
    CHECK(bench.refusal(existing) == bench.file + ": is a database; use another output file");
  CHECK(bench.files() == before);
}

TEST_CASE("an output whose journal cannot have a name is refused, and nothing is left of it") {
  for (const std::size_t length : {244U, 248U, 250U}) {
    CAPTURE(length);
    RecordFileBench bench;
    bench.file = bench.path(std::string(length - 4, 'x') + ".csv");
    const auto before = bench.files();
    CHECK(message_of<OutputError>([&] { bench.open(Existing::refuse); }).ends_with(": File name too long"));
    CHECK(bench.files() == before);
  }
}

TEST_CASE("an output, a journal or begun features that were cut anywhere are mended by resuming") {
  for (const bool completes : {false, true}) {
    CAPTURE(completes);
    RecordFileBench bench(5);
    bench.completes = completes;
    bench.run(Existing::refuse, false);
    const std::string work = completes ? "r.csv.part" : "r.csv";
    const std::map<std::string, std::string> begun = bench.files();
    for (const std::string& name : {work, std::string("r.csv.journal")}) {
      CAPTURE(name);
      const std::string& bytes = begun.at(name);
      for (std::size_t size = 0; size <= bytes.size(); ++size) {
        for (const auto& [file, text] : begun) bench.write(file, text);
        fs::remove(bench.file + (completes ? "" : ".part"));
        bench.write(name, bytes.substr(0, size));
        const std::string said = message_of<std::runtime_error>([&] { bench.run(Existing::resume); });
        if (name == "r.csv.journal" && size <= bytes.find('\n')) {  // nothing tells what the file holds
          CHECK(said == "cannot resume " + bench.file + ": its journal " + bench.file +
                            ".journal is missing; use --overwrite or another output file");
          CHECK(cli::read_file(bench.path(work)) == begun.at(work));
        } else {
          CHECK(said == "no error");
          std::string records = cli::read_file(bench.file);
          CHECK(records == bench.whole());
        }
      }
    }
  }
}

TEST_CASE("records get their positions in the list of the run that ended") {
  RecordFileBench bench;
  bench.run(Existing::refuse);
  bench.images.insert(bench.images.begin() + 1, bench.write("new", "new"));
  bench.run(Existing::resume);
  const std::optional<Journal> journal = read_journal(bench.file + ".journal");
  REQUIRE(journal);
  REQUIRE(journal->end);
  CHECK(journal->end->images == 4);
  std::map<std::string, std::uint64_t> positions;
  for (const JournalEntry& entry : journal->entries) positions[entry.path] = entry.index;
  for (std::size_t i = 0; i < bench.images.size(); ++i) CHECK(positions.at(bench.images[i]) == i);
  CHECK(!fs::exists(bench.file + ".journal.new"));
  const auto before = bench.files();
  bench.run(Existing::resume);  // finds all records
  CHECK(bench.files() == before);
}

TEST_CASE("an output that is a link is the file that the link leads to, whether or not it exists") {
  RecordFileBench bench;
  const std::string target = bench.path("target.csv");
  fs::create_symlink("target.csv", bench.path("second.csv"));
  fs::create_symlink(bench.path("second.csv"), bench.file);
  CHECK(real_name(bench.file) == target);
  bench.run(Existing::refuse, false);
  CHECK(fs::exists(target + ".journal"));
  bench.run(Existing::resume);
  CHECK(cli::read_file(target) == bench.whole());
  CHECK(fs::is_symlink(bench.file));
  bench.file = bench.path("loop");
  fs::create_symlink("loop", bench.file);
  CHECK(message_of<OutputError>([&] { bench.open(Existing::refuse); }) ==
        bench.file + ": Too many levels of symbolic links");
}
