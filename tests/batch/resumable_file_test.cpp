#include "batch/output/resumable_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "alexnet/error.hpp"
#include "batch/resumable_file_bench.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

TEST_CASE("results of a complete run are replaced only on request") {
  const ResumableFileBench bench;
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
  const ResumeKey other{{"model", "other"}};
  ResumableFile({.file = bench.file, .prologue = "h\n", .existing = Existing::overwrite}, other)
      .finish(EndOfList{0, true});
  CHECK(cli::read_file(bench.file) == "h\n");
  CHECK(cli::read_file(bench.file + ".journal") ==
        "{\"alexnet_journal\":1,\"model\":\"other\"}\ndone 0 natural\n");
  CHECK(!fs::exists(bench.file + ".new"));
}

TEST_CASE("results of an unfinished run are replaced only on request") {
  const ResumableFileBench bench;
  bench.run(Existing::refuse, false);
  CHECK(bench.refusal() == bench.file +
                               ": holds 3 records of an unfinished run; use --resume to continue it or "
                               "--overwrite to replace it");
  bench.run(Existing::overwrite);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE("a file that another program wrote is replaced only on request") {
  const ResumableFileBench bench;
  bench.write("r.csv", "mine");
  const auto before = bench.files();
  CHECK(bench.refusal() == bench.file + ": already exists; use --overwrite to replace it");
  CHECK(bench.refusal(Existing::resume) == "cannot resume " + bench.file + ": its journal " + bench.file +
                                               ".journal is missing; use --overwrite or another output file");
  CHECK(bench.files() == before);
  bench.run(Existing::overwrite);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE("a run starts in an output that is empty, has no records, or has lost its records") {
  const ResumableFileBench bench;
  bench.write("r.csv", "");
  bench.open(Existing::refuse).finish(std::nullopt);
  CHECK(cli::read_file(bench.file) == bench.prologue);
  bench.run(Existing::refuse);
  fs::remove(bench.file);
  bench.run(Existing::refuse);
  CHECK(cli::read_file(bench.file) == bench.whole());
}

TEST_CASE("results without journalled records are replaced only by a merge of the same run") {
  const ResumableFileBench bench;
  bench.open(Existing::refuse).finish(std::nullopt);
  bench.write("r.csv", bench.whole());
  CHECK(bench.refusal() == bench.file +
                               ": holds 0 records of an unfinished run; use --resume to continue it or "
                               "--overwrite to replace it");
  CHECK(cli::read_file(bench.file) == bench.whole());
  bench.open(Existing::refuse, true).finish(std::nullopt);
  CHECK(cli::read_file(bench.file) == bench.prologue);
}

TEST_CASE("records that a filter left out are replaced only on request") {
  const ResumableFileBench bench;
  {
    ResumableFile out = bench.open(Existing::refuse);
    out.append({{"", {.index = 0, .file = file_state(bench.images[0]), .path = bench.images[0]}}});
    out.finish(EndOfList{1, true});
  }
  CHECK(bench.refusal().starts_with(bench.file + ": holds 1 records of an earlier run;"));
}

TEST_CASE("complete and incomplete features are replaced only on request") {
  ResumableFileBench bench;
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

TEST_CASE("another program's file beside the output stays unchanged") {
  for (const char* name : {"r.csv.journal", "r.csv.journal.new", "r.csv.new"}) {
    CAPTURE(name);
    const ResumableFileBench bench;
    bench.write(name, "mine");
    const auto before = bench.files();
    for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
      CHECK(bench.refusal(existing) ==
            bench.path(name) +
                ": was not written by alexnet batch and would be overwritten; use another output file");
    CHECK(bench.files() == before);
  }
}

TEST_CASE("a text file does not replace a database") {
  const ResumableFileBench bench;
  bench.write("r.csv", std::string("SQLite format 3\0", 16) + std::string(200, 'x'));
  const auto before = bench.files();
  for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
    CHECK(bench.refusal(existing) == bench.file + ": is a database; use another output file");
  CHECK(bench.files() == before);
}

TEST_CASE("an output whose journal name is too long is refused and leaves no file") {
  for (const std::size_t length : {244U, 248U, 250U}) {
    CAPTURE(length);
    ResumableFileBench bench;
    bench.file = bench.path(std::string(length - 4, 'x') + ".csv");
    const auto before = bench.files();
    CHECK(message_of<OutputError>([&] { bench.open(Existing::refuse); }).ends_with(": File name too long"));
    CHECK(bench.files() == before);
  }
}

TEST_CASE("resuming repairs an output, journal or incomplete features truncated at any byte") {
  for (const bool completes : {false, true}) {
    CAPTURE(completes);
    ResumableFileBench bench(5);
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

TEST_CASE("records get their positions from the list of the last run") {
  ResumableFileBench bench;
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

TEST_CASE("an output that is a link is written to the link's target, which may not exist yet") {
  ResumableFileBench bench;
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
        bench.file + ": cannot be opened for writing: Too many levels of symbolic links");
}
