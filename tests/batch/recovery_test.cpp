// Tests --resume on each state of the files that a killed run may leave. resumable_file.hpp lists the states.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "batch/resumable_file_bench.hpp"

using namespace alexnet;
using namespace alexnet::app;

namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;

// Files that a killed run left, and the number of records that a resumed run keeps.
struct KilledState {
  const char* name;
  Files files;
  std::size_t kept;
};

// An output of four records, and the parts that its files are made of.
struct RecoveryBench : ResumableFileBench {
  Journal journal;

  explicit RecoveryBench(bool features) : ResumableFileBench(4) {
    completes = features;
    run(Existing::refuse, false);
    journal = *read_journal(file + ".journal");
    clear();
  }

  // Removes all files except the images.
  void clear() const {
    for (const auto& [name, bytes] : files())
      if (!name.starts_with("image")) fs::remove(path(name));
  }

  std::string header() const { return journal_header(kRun); }
  std::string line(std::size_t i) const { return journal_line(journal.entries[i]); }
  std::string lines(const std::vector<std::size_t>& which) const {
    std::string text = header();
    for (const std::size_t i : which) text += line(i);
    return text;
  }
  std::string records(const std::vector<std::size_t>& which) const {
    std::string text = prologue;
    for (const std::size_t i : which) text += record(images[i]);
    return text;
  }
  // The journal as if image 1 had changed since its record was written.
  std::string lines_with_changed_image() const {
    JournalEntry changed = journal.entries[1];
    ++changed.file.mtime_ns;
    return header() + line(0) + journal_line(changed) + line(2) + line(3);
  }

  // Checks that a run resumes from this state: it keeps as many records, and then has one of each image.
  void check(const KilledState& left) {
    const std::string state = left.name;
    CAPTURE(state);
    clear();
    for (const auto& [name, bytes] : left.files) write(name, bytes);
    CHECK(open(Existing::resume).kept() == left.kept);
    clear();
    for (const auto& [name, bytes] : left.files) write(name, bytes);
    run(Existing::resume);
    CHECK(sorted_lines(cli::read_file(file)) == sorted_lines(whole()));
    CHECK(cli::read_file(file).starts_with(prologue));
    const Files after = files();
    CHECK(after.size() == images.size() + 2);  // nothing is left except the output and its journal
    CHECK(open(Existing::resume).kept() == images.size());
  }

  static std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> all = cli::lines(text);
    std::ranges::sort(all);
    return all;
  }
};

}  // namespace

TEST_CASE("a run resumes from every state that a killed run can leave") {
  RecoveryBench bench(false);
  const std::string all = bench.records({0, 1, 2, 3});
  const std::string all_lines = bench.lines({0, 1, 2, 3});
  std::string zeros = all;
  std::ranges::fill_n(zeros.begin() + static_cast<std::ptrdiff_t>(bench.records({0, 1}).size() - 5), 4, '\0');
  const std::vector<KilledState> kStates{
      {"nothing", {}, 0},
      {"an empty output", {{"r.csv", ""}}, 0},
      {"a part of a new journal", {{"r.csv", ""}, {"r.csv.journal.new", bench.header().substr(0, 9)}}, 0},
      {"a journal of one line", {{"r.csv", ""}, {"r.csv.journal", bench.header()}}, 0},
      {"a part of the prologue", {{"r.csv", "hea"}, {"r.csv.journal", bench.header()}}, 0},
      {"a record that is not in the journal", {{"r.csv", all}, {"r.csv.journal", bench.lines({0, 1, 2})}}, 3},
      {"a part of a record that is not in the journal",
       {{"r.csv", all.substr(0, all.size() - 3)}, {"r.csv.journal", bench.lines({0, 1, 2})}},
       3},
      {"a torn last line of the journal",
       {{"r.csv", all}, {"r.csv.journal", all_lines.substr(0, all_lines.size() - 1)}},
       3},
      {"a torn last record", {{"r.csv", all.substr(0, all.size() - 1)}, {"r.csv.journal", all_lines}}, 3},
      {"bytes after the last record", {{"r.csv", all + "half a rec"}, {"r.csv.journal", all_lines}}, 4},
      {"zeros after the last line of the journal",
       {{"r.csv", all}, {"r.csv.journal", all_lines + std::string(100, '\0')}},
       4},
      {"a part of a line that is not an entry", {{"r.csv", all}, {"r.csv.journal", all_lines + "7 99"}}, 4},
      {"a length beyond all files",
       {{"r.csv", all}, {"r.csv.journal", all_lines + "8 18446744073709551615 0 1 1 ok image8\n"}},
       4},
      {"zeros instead of a part of a record", {{"r.csv", zeros}, {"r.csv.journal", all_lines}}, 3},
      {"an output that lost its bytes", {{"r.csv", ""}, {"r.csv.journal", all_lines}}, 0},
      {"no output", {{"r.csv.journal", all_lines}}, 0},
      {"a part of the new output",
       {{"r.csv", all},
        {"r.csv.journal", bench.lines_with_changed_image()},
        {"r.csv.new", bench.records({0})}},
       3},
      {"a new output and a new journal, neither renamed",
       {{"r.csv", all},
        {"r.csv.journal", bench.lines_with_changed_image()},
        {"r.csv.new", bench.records({0, 2, 3})},
        {"r.csv.journal.new", bench.lines({0, 2, 3})}},
       3},
      {"a new output beside its journal, which was renamed",
       {{"r.csv", all}, {"r.csv.journal", bench.lines({0, 2, 3})}, {"r.csv.new", bench.records({0, 2, 3})}},
       3},
      {"a new output and a new journal, both renamed",
       {{"r.csv", bench.records({0, 2, 3})}, {"r.csv.journal", bench.lines({0, 2, 3})}},
       3},
      {"a part of the end of the journal", {{"r.csv", all}, {"r.csv.journal", all_lines + "done 4"}}, 4},
      {"a complete output", {{"r.csv", all}, {"r.csv.journal", all_lines + "done 4 natural\n"}}, 4}};
  for (const KilledState& left : kStates) bench.check(left);
}

TEST_CASE("an extraction of features resumes from every state that a killed run can leave") {
  RecoveryBench bench(true);
  const std::string all = bench.records({0, 1, 2, 3});
  const std::string all_lines = bench.lines({0, 1, 2, 3});
  const std::string framed = "HEADER\n" + all.substr(bench.prologue.size());
  const std::vector<KilledState> kStates{
      {"an unfinished file", {{"r.csv.part", all}, {"r.csv.journal", all_lines}}, 4},
      {"an unfinished file with its final header", {{"r.csv.part", framed}, {"r.csv.journal", all_lines}}, 4},
      {"an unfinished file with a part of its epilogue",
       {{"r.csv.part", framed + "a.p"}, {"r.csv.journal", all_lines}},
       4},
      {"a complete file that was renamed", {{"r.csv", framed}, {"r.csv.journal", all_lines}}, 4},
      {"a complete file and an empty unfinished one",
       {{"r.csv", framed}, {"r.csv.part", ""}, {"r.csv.journal", all_lines}},
       4},
      {"a complete file and a part of its copy",
       {{"r.csv", framed},
        {"r.csv.part", ""},
        {"r.csv.part.new", bench.records({0, 1})},
        {"r.csv.journal", all_lines}},
       4},
      {"a complete file and a copy beside its journal, which was renamed",
       {{"r.csv", framed},
        {"r.csv.part", ""},
        {"r.csv.part.new", bench.records({1, 3})},
        {"r.csv.journal", bench.lines({1, 3})}},
       2},
      {"an old complete file and a longer unfinished one",
       {{"r.csv", "HEADER\n"}, {"r.csv.part", all}, {"r.csv.journal", all_lines}},
       4}};
  for (const KilledState& left : kStates) bench.check(left);
}

TEST_CASE("files that no killed run can leave are not resumed and stay unchanged") {
  for (const bool features : {false, true}) {
    CAPTURE(features);
    const RecoveryBench bench(features);
    const std::string no_journal = "cannot resume " + bench.file + ": its journal " + bench.file +
                                   ".journal is missing; use --overwrite or another output file";
    for (const Files& files :
         std::vector<Files>{{{"r.csv", bench.whole()}},
                            {{"r.csv", bench.whole()}, {"r.csv.journal", ""}},
                            {{"r.csv", bench.whole()},
                             {"r.csv.journal", bench.header().substr(0, bench.header().size() - 1)}},
                            {{"r.csv", bench.whole()}, {"r.csv.journal.new", bench.lines({0, 1, 2, 3})}}}) {
      bench.clear();
      for (const auto& [name, bytes] : files) bench.write(name, bytes);
      const Files before = bench.files();
      CHECK(bench.refusal(Existing::resume) == no_journal);
      CHECK(bench.files() == before);
    }
  }
}

TEST_CASE("a record is torn if its bytes are missing, changed or at another offset") {
  RecoveryBench bench(false);
  const std::string name = bench.write("records", bench.records({0, 1}));
  const JournalEntry& entry = bench.journal.entries[0];
  const std::uint64_t offset = bench.prologue.size();
  CHECK(!is_torn(entry, File::open(name, O_RDONLY), offset));
  CHECK(is_torn(entry, File::open(name, O_RDONLY), offset + 1));
  CHECK(is_torn(entry, File::open(name, O_RDONLY), 1U << 20U));
  for (std::size_t size = 0; size < entry.length; ++size) {
    fs::resize_file(bench.write("records", bench.whole()), offset + size);
    CHECK(is_torn(entry, File::open(name, O_RDONLY), offset));
  }
  JournalEntry endless = entry;
  endless.length = ~std::uint64_t{0};
  CHECK(is_torn(endless, File::open(name, O_RDONLY), offset));
}
