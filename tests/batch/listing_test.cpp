#include "batch/list/listing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include "cli/command.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using app::Listing;
using app::ListingOptions;
using app::Order;
using cli::TemporaryFolder;
using namespace std::string_literals;

namespace fs = std::filesystem;

namespace {

constexpr std::array kOrders{Order::natural, Order::none};

const std::string kNulReason = "the name contains a NUL byte; lists from find -print0 need -0";

// Returns "INDEX PATH" or "INDEX PATH: REASON" for each image of a list.
std::vector<std::string> listed(const std::string& text, Order order, ListingOptions options = {}) {
  const TemporaryFolder folder;
  options.files_from = folder.write("list", text);
  options.order = order;
  Listing listing(options);
  std::vector<std::string> found;
  while (const std::optional<app::Record> image = listing.next())
    found.push_back(std::to_string(image->index) + " " + image->path +
                    (image->reason.empty() ? "" : ": " + image->reason));
  return found;
}

ListingOptions with_null() {
  ListingOptions options;
  options.null = true;
  return options;
}

// Options for half of the list, which may be empty.
ListingOptions shard(int number) {
  ListingOptions options;
  options.may_be_empty = true;
  options.shard = {number, 2};
  return options;
}

using Lines = std::vector<std::string>;

// Returns "PATH" or "PATH: REASON" for each image below the folder, without the folder's name.
Lines walked(const TemporaryFolder& folder, Order order, const std::vector<std::string>& more = {}) {
  ListingOptions options;
  options.paths = {folder.path()};
  options.paths.insert(options.paths.end(), more.begin(), more.end());
  options.recursive = true;
  options.order = order;
  Listing listing(options);
  Lines found;
  while (const std::optional<Record> image = listing.next()) {
    const std::string name = fs::path(image->path).lexically_relative(folder.path());
    found.push_back(name + (image->reason.empty() ? "" : ": " + image->reason));
  }
  if (order == Order::none) std::ranges::sort(found);
  return found;
}

const std::string kLoop = ": is a link to a folder that it is in: a loop";

}  // namespace

TEST_CASE("a line with a NUL byte is one failure, and the other lines keep their records") {
  const std::string text = "1.png\0x\n2.png\n3.png\0y\0z\n4.png\n"s;
  for (const Order order : kOrders)
    CHECK(listed(text, order) ==
          Lines{"0 1.png\0x: "s + kNulReason, "1 2.png", "2 3.png\0y\0z: "s + kNulReason, "3 4.png"});
}

TEST_CASE("a list from find -print0 that is read without -0 is one failure") {
  for (const Order order : kOrders) {
    CHECK(listed("a.png\0b.png\0"s, order) == Lines{"0 a.png\0b.png\0: "s + kNulReason});
    CHECK(listed("a.png\0b.png\0"s, order, with_null()) == Lines{"0 a.png", "1 b.png"});
  }
}

TEST_CASE("names that differ only after a NUL byte are different names") {
  for (const Order order : kOrders) {
    CHECK(listed("a\0b\na\0c\na\na\0b\n"s, order) ==
          Lines{"0 a\0b: "s + kNulReason, "1 a\0c: "s + kNulReason, "2 a"});
    const Lines first = listed("a\0b\na\0c\na\n"s, order, shard(1));
    const Lines second = listed("a\0b\na\0c\na\n"s, order, shard(2));
    CHECK(first.size() + second.size() == 3);
  }
}

TEST_CASE("a path that is listed twice is counted once") {
  for (const Order order : kOrders)
    CHECK(listed("a.png\n./a.png\n\nb.png\na.png\nc.png\n", order) == Lines{"0 a.png", "1 b.png", "2 c.png"});
}

TEST_CASE("failures of folders keep their reasons between the files of a list") {
  for (const Order order : kOrders) {
    const TemporaryFolder folder;
    fs::create_directory_symlink(".", folder.path("up"));
    ListingOptions options;
    options.paths = {folder.path()};
    options.recursive = true;
    CHECK(listed("a.png\n", order, options) ==
          Lines{"0 " + folder.path("up") + ": is a link to a folder that it is in: a loop", "1 a.png"});
  }
}

TEST_CASE("an empty list is refused, and the error names it") {
  for (const Order order : kOrders)
    CHECK(message_of<std::runtime_error>([&] { listed("\n\r\n", order); }).ends_with("/list: no images"));
}

TEST_CASE("a folder's images are found by the extensions of all formats, in lower and upper case") {
  const TemporaryFolder folder;
  Lines expected;
  for (const char* ending : {"jpg", "png", "bmp", "webp", "tif", "TIFF", "ppm", "pfm", "hdr",  "ras",
                             "sr",  "jp2", "j2k", "jpx",  "JPF", "j2c",  "jpc", "gif", "HEIC", "avif"}) {
    expected.push_back(std::string("image.") + ending);
    folder.write(expected.back(), "");
  }
  for (const char* name : {"notes.txt", "jpg", "image.jpg.bak", "image."}) folder.write(name, "");
  std::ranges::sort(expected);
  for (const Order order : kOrders) {
    Lines found = walked(folder, order);
    std::ranges::sort(found);
    CHECK(found == expected);
  }
}

TEST_CASE("files that systems leave in folders are not images, and a folder of nothing else has no images") {
  const TemporaryFolder folder;
  for (const char* name : {"._a.jpg", "._b.heic", ".DS_Store", "Thumbs.db", "desktop.ini", "in/._c.PNG"})
    folder.write(name, "x");
  for (const Order order : kOrders) {
    const std::string refused = message_of<UsageError>([&] { walked(folder, order); });
    CHECK(refused == folder.path() + ": no images");
  }
  folder.write("a.jpg", "x");
  folder.write(".b.jpg", "x");
  for (const Order order : kOrders) {
    CHECK(walked(folder, order) == Lines{".b.jpg", "a.jpg"});
    // A file that is named is listed.
    CHECK(walked(folder, order, {folder.path("._a.jpg")}).size() == 3);
  }
}

TEST_CASE("a folder's images are listed once each, in natural or in any order") {
  const TemporaryFolder folder;
  for (const char* name : {"img10.png", "img2.png", "deep/img1.png", "deep/deeper/img3.png", "notes.txt"})
    folder.write(name, "");
  for (const Order order : kOrders) {
    Lines found = walked(folder, order, {folder.path("img2.png"), folder.path("./deep//img1.png")});
    if (order == Order::none)
      std::ranges::sort(found, [](const auto& a, const auto& b) { return app::natural_less(a, b); });
    CHECK(found == Lines{"deep/deeper/img3.png", "deep/img1.png", "img2.png", "img10.png"});
  }
}

TEST_CASE("a link to a parent folder is one failure, and any other link to a folder is followed") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  elsewhere.write("b.png", "");
  folder.write("deep/a.png", "");
  fs::create_directory_symlink("..", folder.path("deep/up"));
  fs::create_directory_symlink(elsewhere.path(), folder.path("link"));
  fs::create_symlink("self.png", folder.path("self.png"));  // fails when it is read
  for (const Order order : kOrders)
    CHECK(walked(folder, order) == Lines{"deep/a.png", "deep/up" + kLoop, "link/b.png", "self.png"});
}

TEST_CASE("folders that contain links to each other are each followed once") {
  const TemporaryFolder folder;
  constexpr int kFolders = 12;
  for (int i = 0; i < kFolders; ++i) fs::create_directory(folder.path("d" + std::to_string(i)));
  for (int i = 0; i < kFolders; ++i)
    for (int j = 0; j < kFolders; ++j)
      fs::create_directory_symlink("../d" + std::to_string(j),
                                   folder.path("d" + std::to_string(i) + "/l" + std::to_string(j)));
  folder.write("a.png", "");
  for (const Order order : kOrders) {
    const Lines found = walked(folder, order);
    CHECK(std::ranges::count(found, "a.png") == 1);
    CHECK(found.size() < 500);
    for (const std::string& name : found) CHECK((name == "a.png" || name.ends_with(kLoop)));
  }
}

TEST_CASE("the shards of a list contain each image once, with its position in the whole list") {
  std::string text;
  for (int i = 0; i < 50; ++i) text += std::to_string(i) + ".png\n";
  for (const Order order : kOrders) {
    Lines all = listed(text, order, shard(1));
    const Lines second = listed(text, order, shard(2));
    CHECK(!all.empty());
    CHECK(!second.empty());
    all.insert(all.end(), second.begin(), second.end());
    std::ranges::sort(all, [](const auto& a, const auto& b) { return app::natural_less(a, b); });
    CHECK(all == listed(text, order));
  }
}
