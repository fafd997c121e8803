// alexnet batch --sort-into: destinations, and files that are not changed.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "skip.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// Photos of a cat under three names, one of them twice, and one of an espresso.
struct PhotoAlbum {
  TemporaryFolder folder;
  PhotoAlbum() {
    const std::string cat = read_file(photo("cat.jpg"));
    folder.write("photos/cat.jpg", cat);
    folder.write("photos/coffee.jpg", read_file(photo("coffee.jpg")));
    folder.write("photos/deep/cat.jpg", cat + "another");
    folder.write("photos/deep/tom.jpg", cat);
  }

  Result sort(const std::vector<std::string>& more,
              const std::vector<std::string>& what = {"-r", "photos"}) const {
    Call call{.args = {"batch", "-k", "2", "--sort-into", "sorted"}, .folder = folder.path()};
    call.args.insert(call.args.end(), what.begin(), what.end());
    call.args.insert(call.args.end(), more.begin(), more.end());
    return run(call);
  }
};

// Returns the names of everything in a folder except folders.
std::vector<std::string> files(const std::string& folder) {
  std::vector<std::string> all;
  if (!fs::exists(folder)) return all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory() || entry.is_symlink())
      all.push_back(fs::relative(entry.path().parent_path(), folder) / entry.path().filename());
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> sorted_to(const std::string& jsonl) {
  std::vector<std::string> all;
  for (const json& record : json_lines(jsonl)) all.push_back(record.value("sorted_to", ""));
  return all;
}

const std::vector<std::string> kPlaces{"sorted/tabby/cat.jpg", "sorted/espresso/coffee.jpg",
                                       "sorted/tabby/cat-2.jpg", "sorted/tabby/tom.jpg"};
const std::vector<std::string> kFiles{"espresso/coffee.jpg", "tabby/cat-2.jpg", "tabby/cat.jpg",
                                      "tabby/tom.jpg"};

}  // namespace

TEST_CASE("images are sorted by links, and every format records their destination") {
  const PhotoAlbum album;
  const Result result = album.sort({"--json"});
  CHECK(result.status == 0);
  CHECK(sorted_to(result.out) == kPlaces);
  CHECK(files(album.folder.path("sorted")) == kFiles);
  CHECK(fs::read_symlink(album.folder.path("sorted/tabby/cat-2.jpg")) ==
        fs::canonical(album.folder.path("photos/deep/cat.jpg")));
  // In the second run all files are already there.
  const Result text = album.sort({});
  CHECK(lines(text.out).at(1).ends_with(" % -> sorted/espresso/coffee.jpg"));
  const auto rows = csv_rows(album.sort({"--format", "csv", "--link"}).out);
  REQUIRE(rows.size() == 9);
  CHECK(rows[0].back() == "sorted_to");
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(rows[i + 1].size() == 9);
    CHECK(rows[i + 1].back() == kPlaces[i / 2]);
  }
  CHECK(files(album.folder.path("sorted")) == kFiles);
}

TEST_CASE("images are moved, even to another file system") {
  const PhotoAlbum album;
  const Result result = album.sort({"--json", "--move"});
  CHECK(result.status == 0);
  CHECK(sorted_to(result.out) == kPlaces);
  CHECK(files(album.folder.path("photos")).empty());
  CHECK(read_file(album.folder.path("sorted/espresso/coffee.jpg")) == read_file(photo("coffee.jpg")));

  std::string other = "/dev/shm/alexnet-sort-XXXXXX";
  struct stat here {};
  struct stat there {};
  if (mkdtemp(other.data()) == nullptr || stat(other.c_str(), &there) != 0 ||
      stat(album.folder.path().c_str(), &here) != 0 || here.st_dev == there.st_dev) {
    alexnet::test::skip("there is no other file system in /dev/shm");
    return;
  }
  const PhotoAlbum more;
  // each file has its own place here, too
  more.folder.write("photos/deep/cat.jpg", read_file(photo("cat.jpg")));
  const Result across = run(
      Call{.args = {"batch", "-r", "photos", "--move", "--sort-into", other}, .folder = more.folder.path()});
  CHECK(across.status == 0);
  CHECK(files(more.folder.path("photos")).empty());
  CHECK(files(other) == kFiles);
  CHECK(read_file(other + "/tabby/cat-2.jpg") == read_file(photo("cat.jpg")));
  fs::remove_all(other);
}

TEST_CASE("--dry-run prints what a run would do and changes nothing") {
  const PhotoAlbum album;
  const Result planned = album.sort({"--move", "--json", "--dry-run"});
  CHECK(planned.status == 0);
  CHECK(sorted_to(planned.out) == kPlaces);
  CHECK(!fs::exists(album.folder.path("sorted")));
  CHECK(files(album.folder.path("photos")).size() == 4);
  CHECK(album.sort({"--move", "--json"}).out == planned.out);
}

TEST_CASE("images whose best answer is filtered out are unsure, and those that --label drops stay") {
  PhotoAlbum album;
  album.folder.write("photos/bad.jpg", "no image");
  const Result sure = album.sort({"--json", "--min-prob", "0.9"});
  CHECK(sure.status == 1);
  CHECK(sorted_to(sure.out) == std::vector<std::string>{"", "sorted/unsure/cat.jpg",
                                                        "sorted/espresso/coffee.jpg",
                                                        "sorted/unsure/cat-2.jpg", "sorted/unsure/tom.jpg"});
  // An image without predictions has a line of CSV, too, because it was sorted.
  const auto rows = csv_rows(album.sort({"--format", "csv", "--min-prob", "0.9"}).out);
  CHECK(rows.at(2) ==
        std::vector<std::string>{"photos/cat.jpg", "", "", "", "", "", "", "", "sorted/unsure/cat.jpg"});
  CHECK(lines(album.sort({"--min-prob", "0.9"}).out).at(1) == "photos/cat.jpg: -> sorted/unsure/cat.jpg");
  fs::remove_all(album.folder.path("sorted"));
  const Result second = album.sort({"--json", "--move", "--label", "Egyptian cat"}, {"photos"});
  CHECK(sorted_to(second.out) == std::vector<std::string>{"", "sorted/unsure/cat.jpg"});
  CHECK(fs::exists(album.folder.path("photos/coffee.jpg")));
  CHECK(files(album.folder.path("sorted")) == std::vector<std::string>{"unsure/cat.jpg"});
}

TEST_CASE("JSON keeps every byte of a destination that is not UTF-8") {
  const TemporaryFolder folder;
  folder.write("photos/bad\xff.jpg", read_file(photo("coffee.jpg")));
  const Result result =
      run(Call{.args = {"batch", "--json", "--sort-into", "sorted", "photos"}, .folder = folder.path()});
  CHECK(result.status == 0);
  CHECK(json_lines(result.out).at(0).at("sorted_to_base64") == "c29ydGVkL2VzcHJlc3NvL2JhZP8uanBn");
}

TEST_CASE("batch refuses to sort into a folder that it lists") {
  const PhotoAlbum album;
  const Result listed =
      run(Call{.args = {"batch", "--sort-into", "photos/", "-r", "photos"}, .folder = album.folder.path()});
  CHECK(listed.status == 2);
  CHECK(listed.out == "");
  CHECK(listed.err ==
        "alexnet: --sort-into: photos/: is inside photos, so -r would list the sorted images; use a folder "
        "outside\n");
  CHECK(album.sort({"--dry-run"}, {"photos"}).status == 0);
  for (const std::string option : {"--link", "--copy", "--move", "--dry-run"}) {
    const Result result = run({"batch", photo("cat.png"), option});
    CHECK(result.status == 2);
    CHECK(contains(result.err, option + " needs --sort-into"));
  }
  CHECK(contains(album.sort({"--copy", "--move"}).err, "cannot be combined with"));
  CHECK(run({"batch", "--sort-into", "sorted", "--extract", "fc7", "-o", "f.safetensors", photo("cat.png")})
            .err.starts_with("alexnet: --sort-into cannot be combined with --extract\n"));
  CHECK(run({"batch", photo("cat.png"), "--sort-into", ""}).status == 2);
  CHECK(files(album.folder.path("sorted")).empty());
}
