#include "batch/list/path_set.hpp"

#include <doctest/doctest.h>

using namespace alexnet::app;

TEST_CASE("a path set inserts each of many paths once") {
  PathSet seen;
  constexpr int kPaths = 100000;
  const auto path = [](int i) { return "photos/" + std::to_string(i % 100) + "/" + std::to_string(i); };
  CHECK(!seen.contains(path(0)));
  for (int i = 0; i < kPaths; ++i) REQUIRE(seen.insert(path(i)));
  CHECK(seen.size() == kPaths);
  for (int i = 0; i < kPaths; ++i) REQUIRE(seen.contains(path(i)));
  for (int i = 0; i < kPaths; ++i) REQUIRE(!seen.insert(path(i)));
  CHECK(!seen.contains(path(kPaths)));
  CHECK(!seen.contains(""));
  CHECK(seen.insert(""));
  CHECK(seen.size() == kPaths + 1);
}

TEST_CASE("all spellings of a path have the same key, and different files have different keys") {
  for (const char* path : {"a/b.jpg", "./a/b.jpg", "a//b.jpg", "a/./b.jpg", ".//a/.//b.jpg"})
    CHECK(path_key(path) == "a/b.jpg");
  CHECK(path_key("/a/./b") == "/a/b");
  CHECK(path_key("-") == "-");
  CHECK(path_key(".//-") == "./-");  // a file named "-", not standard input
  CHECK(path_key("a/.b") == "a/.b");
  CHECK(path_key("link/../b") == "link/../b");  // only the file system knows the parent of a link
  CHECK(path_key("a\nb") == "a\nb");
}
