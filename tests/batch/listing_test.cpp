#include "batch/list/listing.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("names that differ behind a NUL byte are different names") {
  for (const Order order : kOrders) {
    CHECK(listed("a\0b\na\0c\na\na\0b\n"s, order) ==
          Lines{"0 a\0b: "s + kNulReason, "1 a\0c: "s + kNulReason, "2 a"});
    const Lines first = listed("a\0b\na\0c\na\n"s, order, shard(1));
    const Lines second = listed("a\0b\na\0c\na\n"s, order, shard(2));
    CHECK(first.size() + second.size() == 3);
  }
}

TEST_CASE("a path that comes twice is listed and counted once") {
  for (const Order order : kOrders)
    CHECK(listed("a.png\n./a.png\n\nb.png\na.png\nc.png\n", order) == Lines{"0 a.png", "1 b.png", "2 c.png"});
}

TEST_CASE("failures of folders keep their reasons among the files of a list") {
  for (const Order order : kOrders) {
    const TemporaryFolder folder;
    fs::create_directory_symlink(".", folder.path("up"));
    ListingOptions options;
    options.places = {folder.path()};
    options.recursive = true;
    CHECK(listed("a.png\n", order, options) ==
          Lines{"0 " + folder.path("up") + ": is a link to a folder that it is in: a loop", "1 a.png"});
  }
}

TEST_CASE("a list without names is refused by its name") {
  for (const Order order : kOrders)
    CHECK(message_of<std::runtime_error>([&] { listed("\n\r\n", order); }).ends_with("/list: no images"));
}
