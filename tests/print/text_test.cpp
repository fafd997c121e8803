// Tables of text.
#include "print/text.hpp"

#include <doctest/doctest.h>

using namespace alexnet::app;

namespace {

// A table with a column that may be dropped and one that wraps.
std::string some_table(std::size_t columns) {
  Table table({{"name"}, {.title = "origin", .expendable = 1}, {.title = "terms", .wraps = true}});
  table.add({"a", "somewhere", "free for research and for education"});
  table.add({"b", "here", "free"});
  return table.text({.columns = columns});
}

}  // namespace

TEST_CASE("a table without a limit wraps nothing") {
  CHECK(some_table(0) ==
        "name  origin     terms\n"
        "a     somewhere  free for research and for education\n"
        "b     here       free\n");
  CHECK(some_table(52) == some_table(0));
}

TEST_CASE("a table that is too wide wraps a column at spaces before it drops another") {
  CHECK(some_table(51) ==
        "name  origin     terms\n"
        "a     somewhere  free for research and for\n"
        "                 education\n"
        "b     here       free\n");
  CHECK(some_table(40) ==
        "name  terms\n"
        "a     free for research and for\n"
        "      education\n"
        "b     free\n");
}

TEST_CASE("a wrapped column is at least 24 columns wide") {
  CHECK(some_table(10) ==
        "name  terms\n"
        "a     free for research and\n"
        "      for education\n"
        "b     free\n");
}
