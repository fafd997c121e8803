#include "batch/output/resume_journal.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace {

const ResumeKey kShardRun{{"model", "m"}, {"options", {{"top_k", 5}}}, {"shard", "1/2"}};
const JournalEntry kEntry{.index = 7,
                          .length = 12,
                          .checksum = 0xabc,
                          .file = {.bytes = 99, .mtime_ns = 5},
                          .failed = false,
                          .path = "a 100%\nb.png"};

std::optional<Journal> read(const TempDir& folder, const std::string& text) {
  return read_journal(folder.write("r.jsonl.journal", text).string());
}

}  // namespace

TEST_CASE("a journal is read back as it was written, including the list's length and order") {
  const TempDir folder;
  for (const EndOfList& end : {EndOfList{41, true}, EndOfList{0, false}, EndOfList{}}) {
    const std::optional<Journal> journal =
        read(folder, journal_header(kShardRun) + journal_line(kEntry) + journal_end(end));
    REQUIRE(journal);
    CHECK(journal->run == kShardRun);
    REQUIRE(journal->entries.size() == 1);
    CHECK(journal->entries[0].index == 7);
    CHECK(journal->entries[0].path == "a 100%\nb.png");
    REQUIRE(journal->end);
    CHECK(journal->end->images == end.images);
    CHECK(journal->end->in_order == end.in_order);
  }
  CHECK(journal_end({41, true}) == "done 41 natural\n");
  CHECK(journal_end({41, false}) == "done 41 none\n");
}

TEST_CASE("a journal of an earlier version ends without the length of the list") {
  const TempDir folder;
  const std::optional<Journal> journal =
      read(folder, journal_header(kShardRun) + journal_line(kEntry) + "done\n");
  REQUIRE(journal);
  REQUIRE(journal->end);
  CHECK(!journal->end->images);
}

TEST_CASE("a journal whose last line is torn or damaged is incomplete") {
  const TempDir folder;
  const std::string begin = journal_header(kShardRun) + journal_line(kEntry);
  for (const char* end : {"", "done 41 natural", "done 41\n", "done natural\n", "done 41 natural x\n",
                          "done x none\n", "done 41 sideways\n"}) {
    CAPTURE(end);
    const std::optional<Journal> journal = read(folder, begin + end);
    REQUIRE(journal);
    CHECK(journal->entries.size() == 1);
    CHECK(!journal->end);
  }
  CHECK(!read(folder, begin + "done 1 natural\n" + journal_line(kEntry))->end);  // the run continues
}

TEST_CASE("a journal truncated at any byte is recognised, and other files are not") {
  const TempDir folder;
  const auto write = [&](const std::string& text) { return folder.write("journal", text).string(); };
  const std::string header = journal_header(kShardRun);
  for (std::size_t size = 0; size <= header.size(); ++size)
    CHECK(!is_foreign_journal(write(header.substr(0, size))));
  CHECK(is_journal(write(header)));
  CHECK(!is_foreign_journal((folder.path() / "none").string()));
  CHECK(!is_journal((folder.path() / "none").string()));
  for (const char* text : {"\n", "photos/a.png\n", "{\"other\":1}\n"}) {
    CHECK(is_foreign_journal(write(text)));
    CHECK(!is_journal(write(text)));
  }
}

TEST_CASE("a journal of an unknown version is refused, and the error names the version") {
  const TempDir folder;
  CHECK(message_of<std::runtime_error>([&] { read(folder, "{\"alexnet_journal\":2}\n"); }) ==
        (folder.path() / "r.jsonl.journal").string() +
            ": alexnet_journal: version 2 is unknown (expected 1)");
}

TEST_CASE("a journal that cannot be read is an error of the output") {
  const std::string file = std::string(250, 'x') + ".journal";
  CHECK(message_of<OutputError>([&] { read_journal(file); }) == file + ": File name too long");
  const TempDir folder;
  const std::string name = folder.path().string();
  CHECK(message_of<OutputError>([&] { read_journal(name); }) == name + ": Is a directory");
}

TEST_CASE("a journal that is longer than a block is read whole") {
  const TempDir folder;
  constexpr int kEntries = 50'000;
  std::string text = journal_header(kShardRun);
  for (int i = 0; i < kEntries; ++i) text += journal_line(kEntry);
  REQUIRE(text.size() > std::size_t{1} << 20);
  const std::optional<Journal> journal = read(folder, text + journal_end({kEntries, true}) + "done 1");
  REQUIRE(journal);
  CHECK(journal->entries.size() == kEntries);
  CHECK(journal->entries.back().path == kEntry.path);
  REQUIRE(journal->end);
  CHECK(journal->end->images == kEntries);
}

TEST_CASE("the difference between two runs is shown as options") {
  const ResumeKey was{{"model", "a"},
                      {"options", {{"top_k", 5}, {"label", ResumeKey::array()}, {"background", nullptr}}},
                      {"list", {{"places", {"one", "two"}}}},
                      {"shard", "1/1"}};
  CHECK(!difference(was, was));
  const auto told = [&](const char* pointer, const ResumeKey& value) {
    ResumeKey is = was;
    is[ResumeKey::json_pointer(pointer)] = value;
    return cannot_resume("out", difference(was, is).value());
  };
  const std::string start = "cannot resume out: it was written with ";
  CHECK(told("/options/top_k", 3) == start + "-k 5, this run has -k 3; use -k 5 or another output file");
  CHECK(told("/options/label", ResumeKey::array({"x", "y"})) ==
        start +
            "no --label, this run has --label x --label y; leave out --label x --label y or use another "
            "output file");
  CHECK(told("/options/background", ResumeKey::array({255, 0, 16})) ==
        start +
            "no --background, this run has --background #ff0010; leave out --background #ff0010 or use "
            "another output file");
  CHECK(told("/list/places", ResumeKey::array({"three"})) ==
        start + "one two, this run has three; use one two or another output file");
  CHECK(told("/shard", "1/2") ==
        start + "no --shard, this run has --shard 1/2; leave out --shard 1/2 or use another output file");
  ResumeKey more = was;
  more["options"]["sort_by"] = "move";
  const RunDifference other = difference(more, was).value();
  CHECK(other.first == "--move");
  CHECK(other.second == "no --sort-into");
}
