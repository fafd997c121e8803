// alexnet batch --sort-into when the run is killed or cannot write.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

constexpr int kImagesInFolder = 200;  // per folder; two folders have the same names

struct LongAlbum {
  TemporaryFolder folder;
  LongAlbum() {
    const std::string image = read_file(fixture("1x1.png"));
    for (const std::string inside : {"a/", "b/"})
      for (int i = 0; i < kImagesInFolder; ++i)
        folder.write("photos/" + inside + std::to_string(i) + ".png", image + inside + std::to_string(i));
  }

  Call call(const std::string& way, bool resume = true) const {
    Call call{.args = {"batch", "-r", "photos", "-k", "1", "--sort-into", "sorted", way, "-o", "out.jsonl"},
              .folder = folder.path()};
    if (resume) call.args.emplace_back("--resume");
    return call;
  }

  std::vector<std::string> records() const {
    std::vector<std::string> all = lines(read_file(folder.path("out.jsonl")));
    std::ranges::sort(all);
    return all;
  }

  // Returns the bytes of every file, including hidden ones.
  std::map<std::string, std::string> sorted() const {
    std::map<std::string, std::string> all;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.path("sorted")))
      if (!entry.is_directory())
        all[fs::relative(entry.path().parent_path(), folder.path()) / entry.path().filename()] =
            read_file(entry.path());
    return all;
  }

  bool has_photos() const {
    return std::ranges::any_of(fs::recursive_directory_iterator(folder.path("photos")),
                               [](const auto& entry) { return !entry.is_directory(); });
  }
};

void check_kills(const std::string& way) {
  CAPTURE(way);
  const LongAlbum quiet;
  CHECK(run(quiet.call(way)).status == 0);
  CHECK(quiet.sorted().size() == 2 * kImagesInFolder);
  std::vector<std::string> places;
  for (const json& record : json_lines(read_file(quiet.folder.path("out.jsonl"))))
    places.push_back(record.at("sorted_to"));
  REQUIRE(places.size() == 2 * kImagesInFolder);

  const LongAlbum killed;
  int kills = 0;
  for (const std::size_t at : {0, 3, 40, 150, 201, 300, 399}) {
    Call call = killed.call(way);
    call.signal_after_output = SIGKILL;
    call.signal_file = killed.folder.path(places[at]);  // kill it when that image has been placed
    const Result result = run(call);
    if (result.status == -SIGKILL)
      ++kills;
    else
      CHECK(result.status == 0);
  }
  CHECK(kills > 1);
  CHECK(run(killed.call(way)).status == 0);
  CHECK(killed.records() == quiet.records());
  CHECK(killed.sorted() == quiet.sorted());
  CHECK(killed.has_photos() == (way != "--move"));
}

}  // namespace

TEST_CASE("a run killed at any time and resumed makes each link once") { check_kills("--link"); }
TEST_CASE("a run killed at any time and resumed makes each copy once") { check_kills("--copy"); }
TEST_CASE("a run killed at any time and resumed moves each image once") { check_kills("--move"); }

TEST_CASE("an image is moved only after its record is written") {
  const LongAlbum quiet;
  CHECK(run(quiet.call("--move")).status == 0);
  const LongAlbum full;
  Call call = full.call("--move");
  constexpr std::uint64_t kRecords = 20'000;  // in bytes; only some of the records
  call.file_bytes = kRecords;
  CHECK(run(call).status == 3);
  std::size_t there = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(full.folder.path("photos")))
    there += entry.is_regular_file() ? 1 : 0;
  CHECK(full.records().size() > 0);
  CHECK(full.records().size() + there == 2 * kImagesInFolder);
  CHECK(run(full.call("--move")).status == 0);
  CHECK(full.records() == quiet.records());
  CHECK(full.sorted() == quiet.sorted());
}

TEST_CASE("resuming a run that moved all its images repeats nothing") {
  const LongAlbum album;
  CHECK(run(album.call("--move")).status == 0);
  const std::vector<std::string> records = album.records();
  fs::resize_file(album.folder.path("out.jsonl.journal"),
                  fs::file_size(album.folder.path("out.jsonl.journal")) - 5);
  const Result result = run(album.call("--move"));
  CHECK(result.status == 0);
  CHECK(contains(result.err, "0 images, 0 failed"));
  CHECK(contains(result.err, "400 were done before"));
  CHECK(album.records() == records);
  CHECK(read_file(album.folder.path("out.jsonl.journal")).ends_with("done\n"));
}

TEST_CASE("--resume does not repeat images that stay in their folder") {
  const LongAlbum album;
  Call call = album.call("--move");
  call.args.insert(call.args.end(), {"--label", "German shepherd*"});
  CHECK(run(call).status == 0);
  CHECK(contains(run(call).err, "0 images, 0 failed"));
  CHECK(album.has_photos());
}

TEST_CASE("a resumed run must sort with the method of the first run") {
  const LongAlbum album;
  CHECK(run(album.call("--copy")).status == 0);
  const Result other = run(album.call("--link"));
  CHECK(other.status == 2);
  CHECK(contains(other.err, "it was written with --copy, this run has --link; use --copy or"));
}

TEST_CASE("a destination folder that cannot be created ends the run with status 3") {
  const TemporaryFolder folder;
  folder.write("cat.jpg", read_file(photo("cat.jpg")));
  folder.write("sorted", "a file");
  const auto fails = [&](std::vector<std::string> args, const std::string& reason, std::uint64_t bytes = 0) {
    args.insert(args.begin(), {"batch", "cat.jpg", "--sort-into"});
    const Result result = run(Call{.args = args, .folder = folder.path(), .file_bytes = bytes});
    CHECK(result.status == 3);
    CHECK(result.out == "");
    CHECK(result.err == "alexnet: " + reason + "\n");
  };
  fails({"sorted"}, "sorted: Not a directory");
  folder.write("taken/tabby", "a file");
  fails({"taken"}, "taken/tabby: Not a directory");
  fails({"taken", "--dry-run"}, "taken/tabby/cat.jpg: Not a directory");
  constexpr std::uint64_t kLittle = 1000;
  fails({"full", "--copy"}, "full: File too large", kLittle);
  CHECK(fs::is_empty(folder.path("full/tabby")));
  CHECK(std::distance(fs::directory_iterator(folder.path("full")), {}) == 1);  // no partial file is left
}

TEST_CASE("a folder without write permission ends the run, and an image without it fails") {
  if (!can_test_rights()) return;
  const TemporaryFolder folder;
  const TemporaryFolder into;
  const std::string kept = folder.write("kept/cat.jpg", read_file(photo("cat.jpg")));
  const std::string free = folder.write("free/coffee.jpg", read_file(photo("coffee.jpg")));
  fs::permissions(folder.path("kept"), fs::perms::owner_read | fs::perms::owner_exec |
                                           fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(folder.path("free"), fs::perms::all);
  Call call{.args = {"batch", "--json", kept, free, "--move", "--sort-into", into.path()},
            .unprivileged = true};
  const Result refused = run(call);
  CHECK(refused.status == 3);
  CHECK(refused.err == "alexnet: " + into.path("espresso") + ": Permission denied\n");
  fs::permissions(into.path(), fs::perms::all);
  const Result result = run(call);
  CHECK(result.status == 1);
  const std::vector<json> records = json_lines(result.out);
  REQUIRE(records.size() == 2);
  CHECK(records.at(0) ==
        json{{"path", kept},
             {"stage", "sort"},
             {"reason", "cannot be moved out of " + folder.path("kept") + ": Permission denied"}});
  CHECK(contains(result.err, "2 images, 1 failed"));
  CHECK(fs::exists(kept));
  CHECK(!fs::exists(free));
  CHECK(fs::exists(into.path("espresso/coffee.jpg")));
  fs::permissions(folder.path("kept"), fs::perms::all);
}
