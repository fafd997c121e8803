#include "batch/output/kept_records.hpp"

#include <doctest/doctest.h>

using namespace alexnet::app;

TEST_CASE("kept records report if the list has their images at other positions") {
  KeptRecords kept;
  kept.add("b.png", 1);
  kept.add("./a.png", 0);
  kept.add("c.png", 2);
  CHECK(kept.size() == 3);
  CHECK(kept.find("a.png", 0));
  CHECK(kept.find("./b.png", 1));
  CHECK(!kept.find("new.png", 2));
  CHECK(!kept.moved());
  CHECK(kept.find("c.png", 3));
  CHECK(kept.moved());
  CHECK(kept.index_of("a.png") == 0);
  CHECK(kept.index_of("c.png") == 3);
  CHECK(!kept.index_of("new.png"));
}
