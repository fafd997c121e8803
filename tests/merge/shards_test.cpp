#include "merge/shards.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "shard_advice.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet::app;

namespace {

std::vector<ShardOutput> shards_of(const std::vector<EndOfList>& ends, const RunIdentity& options = {}) {
  std::vector<ShardOutput> shards;
  for (std::size_t i = 0; i < ends.size(); ++i)
    shards.push_back({"s" + std::to_string(i + 1), {{"options", options}}, ends[i]});
  return shards;
}

// Returns the error for records at these positions.
std::string refusal(const std::vector<ShardOutput>& shards, const std::vector<std::uint64_t>& positions) {
  return message_of<std::runtime_error>([&] {
    PositionCheck check(shards, positions.size());
    for (const std::uint64_t position : positions) check.add("s1", "a.png", position);
    check.finish();
  });
}

}  // namespace

TEST_CASE("each position of the list has one record") {
  const std::vector<ShardOutput> six = shards_of({EndOfList{6}, EndOfList{6}});
  CHECK(refusal(six, {4, 1, 3, 0, 2, 5}) == "no error");
  CHECK(refusal(six, {4, 1, 3, 0, 2}) == "no shard has the record of position 5 in a list of 6" + kAdvice);
  CHECK(refusal(six, {4, 1, 3, 2, 5}) == "no shard has the record of position 0 in a list of 6" + kAdvice);
  CHECK(refusal(six, {4, 1, 3, 99, 2, 5}) == "s1: a.png: has position 99 in a list of 6" + kAdvice);
  CHECK(refusal(six, {0, 1, 3, 3, 2, 5}) == "s1: a.png: has position 3, which another record has" + kAdvice);
  CHECK(refusal(six, {0, 1, 2, 3, 4, 5, 5}) ==
        "s1: a.png: has position 5, which another record has" + kAdvice);
  CHECK(refusal(shards_of({EndOfList{0}}), {}) == "no error");
}

TEST_CASE("a list that cannot be as long as it says takes no memory") {
  const EndOfList endless{std::numeric_limits<std::uint64_t>::max()};
  CHECK(refusal(shards_of({endless}), {0, 1}) ==
        "no shard has the record of position 2 in a list of 18446744073709551615" + kAdvice);
}

TEST_CASE("shards of lists of different lengths are refused") {
  CHECK(refusal(shards_of({EndOfList{6}, EndOfList{7}}), {}) ==
        "s2: its list had 7 images, but that of s1 had 6" + kAdvice);
}

TEST_CASE("shards of earlier versions are checked for as many positions as there are records") {
  const std::vector<ShardOutput> old = shards_of({EndOfList(), EndOfList()});
  CHECK(refusal(old, {1, 0, 2}) == "no error");
  CHECK(refusal(old, {1, 99, 2}) == "s1: a.png: has position 99 in a list of 3" + kAdvice);
  CHECK(refusal(shards_of({EndOfList(), EndOfList{4}}), {0, 1, 2}) ==
        "no shard has the record of position 3 in a list of 4" + kAdvice);
}

TEST_CASE("of shards whose machines listed in orders of their own the number of records counts") {
  const std::vector<ShardOutput> shards = shards_of({EndOfList{3, false}, EndOfList{3, false}});
  CHECK(refusal(shards, {0, 0, 2}) == "no error");
  CHECK(refusal(shards, {0, 0}) == "the shards hold 2 records of a list of 3" + kAdvice);
  PositionCheck check(shards, 3);
  CHECK(check.list().images == 3);
  CHECK(!check.list().in_order);
}

TEST_CASE("positions of images that a run moved are not compared") {
  const RunIdentity moves{{"sort_by", "move"}, {"dry_run", false}};
  const std::vector<ShardOutput> shards = shards_of({EndOfList(), EndOfList()}, moves);
  CHECK(refusal(shards, {0, 0, 7}) == "no error");
  CHECK(!PositionCheck(shards, 3).list().images);
  CHECK(refusal(shards_of({EndOfList{1}}, {{"sort_by", "move"}, {"dry_run", true}}), {7}) != "no error");
}
