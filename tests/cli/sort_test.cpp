// alexnet batch --sort-into: destinations, and files that are not changed.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kWays{"--link", "--copy", "--move"};

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

const std::vector<std::string> kPlaces{"sorted/Egyptian cat/cat.jpg", "sorted/espresso/coffee.jpg",
                                       "sorted/Egyptian cat/cat-2.jpg", "sorted/Egyptian cat/tom.jpg"};
const std::vector<std::string> kFiles{"Egyptian cat/cat-2.jpg", "Egyptian cat/cat.jpg",
                                      "Egyptian cat/tom.jpg", "espresso/coffee.jpg"};

}  // namespace

TEST_CASE("images are sorted by links to them, and every format says where they went") {
  const PhotoAlbum album;
  const Result result = album.sort({"--json"});
  CHECK(result.status == 0);
  CHECK(sorted_to(result.out) == kPlaces);
  CHECK(files(album.folder.path("sorted")) == kFiles);
  CHECK(fs::read_symlink(album.folder.path("sorted/Egyptian cat/cat-2.jpg")) ==
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

TEST_CASE("images are sorted by copies that keep contents and modification time") {
  const PhotoAlbum album;
  struct stat before {};
  REQUIRE(stat(album.folder.path("photos/coffee.jpg").c_str(), &before) == 0);
  for (int i = 0; i < 2; ++i) {
    CHECK(sorted_to(album.sort({"--json", "--copy"}).out) == kPlaces);
    CHECK(files(album.folder.path("sorted")) == kFiles);
  }
  const std::string copy = album.folder.path("sorted/espresso/coffee.jpg");
  CHECK(fs::symlink_status(copy).type() == fs::file_type::regular);
  CHECK(read_file(copy) == read_file(photo("coffee.jpg")));
  struct stat after {};
  REQUIRE(stat(copy.c_str(), &after) == 0);
  CHECK(after.st_ino != before.st_ino);
  CHECK(after.st_mtim.tv_sec == before.st_mtim.tv_sec);
  CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  CHECK(read_file(album.folder.path("sorted/Egyptian cat/cat-2.jpg")).ends_with("another"));
  CHECK(files(album.folder.path("photos")).size() == 4);
}

TEST_CASE("a copy that is there already is not made again, and is not moved into") {
  const PhotoAlbum album;
  const std::string cat = read_file(photo("cat.jpg"));
  album.folder.write("photos/deep/cat.jpg", cat);  // identical bytes
  CHECK(sorted_to(album.sort({"--json", "--copy"}).out).at(2) == "sorted/Egyptian cat/cat.jpg");
  fs::remove_all(album.folder.path("sorted"));
  CHECK(sorted_to(album.sort({"--json", "--move"}).out) == kPlaces);  // each file has its own place
  CHECK(files(album.folder.path("sorted")) == kFiles);
}

TEST_CASE("images are moved, also to another file system") {
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
    MESSAGE("skipped: there is no other file system in /dev/shm");
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
  CHECK(read_file(other + "/Egyptian cat/cat-2.jpg") == read_file(photo("cat.jpg")));
  fs::remove_all(other);
}

TEST_CASE("of two images with the same name, bytes and time each is moved to a place of its own") {
  const PhotoAlbum album;
  const std::string twin = album.folder.path("photos/deep/cat.jpg");
  fs::copy_file(album.folder.path("photos/cat.jpg"), twin, fs::copy_options::overwrite_existing);
  fs::last_write_time(twin, fs::last_write_time(album.folder.path("photos/cat.jpg")));
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--dry-run"}, {}}) {
    std::vector<std::string> args{"--json", "--move"};
    args.insert(args.end(), more.begin(), more.end());
    CHECK(sorted_to(album.sort(args).out) == kPlaces);
  }
  CHECK(files(album.folder.path("sorted")) == kFiles);
}

TEST_CASE("links are not moved") {
  const PhotoAlbum album;
  fs::create_symlink("coffee.jpg", album.folder.path("photos/another.jpg"));
  const Result result = album.sort({"--json", "--move"});
  CHECK(result.status == 1);
  CHECK(json_lines(result.out).at(0).at("reason") == "is a symbolic link; links are not moved");
  CHECK(fs::is_symlink(album.folder.path("photos/another.jpg")));
  CHECK(files(album.folder.path("sorted")) == kFiles);
}

TEST_CASE("a dry run says what a run then does, and touches nothing") {
  for (const std::string& way : kWays) {
    CAPTURE(way);
    const PhotoAlbum album;
    album.folder.write("photos/deep/cat.jpg", read_file(photo("cat.jpg")));
    const Result planned = album.sort({way, "--json", "--dry-run"});
    CHECK(planned.status == 0);
    CHECK(!fs::exists(album.folder.path("sorted")));
    CHECK(files(album.folder.path("photos")).size() == 4);
    album.folder.write("sorted/espresso/coffee.jpg", "mine");
    const Result again = album.sort({way, "--json", "--dry-run"});
    CHECK(again.out != planned.out);
    CHECK(files(album.folder.path("sorted")).size() == 1);
    CHECK(album.sort({way, "--json"}).out == again.out);
  }
}

TEST_CASE("what is there already is never written over") {
  for (const std::string& way : kWays) {
    CAPTURE(way);
    const PhotoAlbum album;
    album.folder.write("sorted/espresso/coffee.jpg", "mine");
    fs::create_directories(album.folder.path("sorted/espresso/coffee-2.jpg"));
    fs::create_symlink("nowhere", album.folder.path("sorted/espresso/coffee-3.jpg"));
    CHECK(sorted_to(album.sort({way, "--json"}).out).at(1) == "sorted/espresso/coffee-4.jpg");
    CHECK(read_file(album.folder.path("sorted/espresso/coffee.jpg")) == "mine");
    CHECK(fs::read_symlink(album.folder.path("sorted/espresso/coffee-3.jpg")) == "nowhere");
    CHECK(read_file(album.folder.path("sorted/espresso/coffee-4.jpg")) == read_file(photo("coffee.jpg")));
  }
}

TEST_CASE("an image that lies where it would go stays there") {
  const PhotoAlbum album;
  const std::string place = album.folder.write("sorted/espresso/coffee.jpg", read_file(photo("coffee.jpg")));
  for (const std::string& way : kWays) {
    CAPTURE(way);
    const Result result = album.sort({way, "--json"}, {"sorted/espresso/coffee.jpg", place});
    CHECK(result.status == 0);
    CHECK(sorted_to(result.out) == std::vector<std::string>{"sorted/espresso/coffee.jpg", place});
    CHECK(files(album.folder.path("sorted")) == std::vector<std::string>{"espresso/coffee.jpg"});
  }
}

TEST_CASE("images whose best answer is filtered away are unsure, and those that --label leaves out stay") {
  PhotoAlbum album;
  album.folder.write("photos/bad.jpg", "no image");
  const Result sure = album.sort({"--json", "--min-prob", "0.5"});
  CHECK(sure.status == 1);
  CHECK(sorted_to(sure.out) == std::vector<std::string>{"", "sorted/unsure/cat.jpg",
                                                        "sorted/espresso/coffee.jpg",
                                                        "sorted/unsure/cat-2.jpg", "sorted/unsure/tom.jpg"});
  // An image without predictions has a line of CSV, too, because it was sorted.
  const auto rows = csv_rows(album.sort({"--format", "csv", "--min-prob", "0.5"}).out);
  CHECK(rows.at(2) ==
        std::vector<std::string>{"photos/cat.jpg", "", "", "", "", "", "", "", "sorted/unsure/cat.jpg"});
  CHECK(lines(album.sort({"--min-prob", "0.5"}).out).at(1) == "photos/cat.jpg: -> sorted/unsure/cat.jpg");
  fs::remove_all(album.folder.path("sorted"));
  const Result tabby = album.sort({"--json", "--move", "--label", "tabby"}, {"photos"});
  CHECK(sorted_to(tabby.out) == std::vector<std::string>{"", "sorted/unsure/cat.jpg"});
  CHECK(fs::exists(album.folder.path("photos/coffee.jpg")));
  CHECK(files(album.folder.path("sorted")) == std::vector<std::string>{"unsure/cat.jpg"});
}

TEST_CASE("labels become folders that are safe, and one for each class") {
  const TemporaryFolder folder;
  const std::string model = write_tiny_model(folder);
  const std::string image = folder.write("a.png", read_file(fixture("upright.png")));
  const auto place = [&](const std::string& labels) {
    folder.write("tiny/labels.txt", labels);
    const Result result = run(Call{.args = {"batch", "--json", "-m", model, "a.png", "--sort-into", "sorted"},
                                   .folder = folder.path()});
    CHECK(result.status == 0);
    const json record = json_lines(result.out).at(0);
    const std::string name = fs::path(record.at("sorted_to").get<std::string>()).parent_path();
    return std::pair(name, record.at("predictions").at(0));
  };
  const auto [crane, bird] = place("n00000001 crane\nn00000002 crane, machine\nn00000003 crane\n");
  CHECK(crane == "sorted/crane (" + bird.at("id").get<std::string>() + ")");
  const auto [same, best] = place("same\nsame\nsame\n");
  CHECK(same == "sorted/same (" + best.at("index").dump() + ")");
  CHECK(place("unsure\nunsure\nunsure, too\n").first.starts_with("sorted/unsure ("));
  CHECK(place("../up\ta\n../up\tb\n../up\tc\n").first.starts_with("sorted/___up_"));
  CHECK(place("/\n../\n.\n").first.starts_with("sorted/_"));
  CHECK(files(folder.path("sorted")).size() == 5);
}

TEST_CASE("names as long as may be, and of any bytes, are sorted") {
  const PhotoAlbum album;
  const std::string image = read_file(photo("coffee.jpg"));
  for (const std::string& way : kWays) {
    CAPTURE(way);
    fs::remove_all(album.folder.path("sorted"));
    fs::remove_all(album.folder.path("photos"));
    const std::string longest = std::string(249, 'x') + "\xc3\xa9.jpg";
    for (const std::string& name : {longest, "deep/" + longest, std::string("bad\xff.jpg")})
      album.folder.write("photos/" + name, image + name);
    const Result result = album.sort({"--json", way});
    CHECK(result.status == 0);
    const std::vector<json> records = json_lines(result.out);
    REQUIRE(records.size() == 3);
    CHECK(records.at(0).at("sorted_to_base64") == "c29ydGVkL2VzcHJlc3NvL2JhZP8uanBn");
    CHECK(records.at(1).at("sorted_to") == "sorted/espresso/" + longest);
    CHECK(records.at(2).at("sorted_to") == "sorted/espresso/" + std::string(249, 'x') + "-2.jpg");
    CHECK(read_file(album.folder.path("sorted/espresso/" + std::string(249, 'x') + "-2.jpg")) ==
          image + longest);
  }
}

TEST_CASE("a run is refused that would list what it sorts") {
  const PhotoAlbum album;
  const auto refused = [&](const std::vector<std::string>& what, const std::string& into,
                           const std::string& reason) {
    Call call{.args = {"batch", "--sort-into", into}, .folder = album.folder.path()};
    call.args.insert(call.args.end(), what.begin(), what.end());
    const Result result = run(call);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == "alexnet: --sort-into: " + reason + "\n");
  };
  refused({"-r", "photos"}, "photos/",
          "photos/: is inside photos, so -r would list the sorted images; use a folder outside");
  refused({"-r", "photos"}, "photos/deep/new",
          "photos/deep/new: is inside photos, so -r would list the sorted images; use a folder outside");
  refused({"photos/deep"}, "photos",
          "photos/deep: is inside photos, so the sorted images would be listed; use another folder");
  refused({"-"}, "sorted", "standard input cannot be sorted");
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
