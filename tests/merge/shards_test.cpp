#include "merge/shards.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "shard_advice.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet::app;

namespace {

std::vector<ShardOutput> shards_of(const std::vector<EndOfList>& ends, const ResumeKey& options = {}) {
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

// Returns an output of the shard, whose run reached its end.
ShardOutput output_of(const std::string& file, const std::string& shard, const ResumeKey& options = {}) {
  return {file, {{"model_hash", "h"}, {"options", options}, {"shard", shard}}, EndOfList{6}};
}

std::string refusal_of(const std::vector<ShardOutput>& shards) {
  return message_of<std::runtime_error>([&] { check_shards(shards); });
}

}  // namespace

TEST_CASE("the shards of one run are accepted in any order") {
  CHECK(refusal_of({output_of("a", "1/1")}) == "no error");
  CHECK(refusal_of({output_of("c", "3/3"), output_of("a", "1/3"), output_of("b", "2/3")}) == "no error");
}

TEST_CASE("shards of different runs are refused") {
  const ShardOutput first = output_of("a", "1/3");
  const ShardOutput second = output_of("b", "2/3");
  const ShardOutput third = output_of("c", "3/3");
  CHECK(refusal_of({first, third}) == "shard 2/3 is missing");
  CHECK(refusal_of({first, second, second, third}) == "b: is shard 2/3, as is b");
  CHECK(refusal_of({first, second, output_of("d", "3/4")}) == "d: is shard 3/4, but a is 1/3");
  CHECK(refusal_of({output_of("a", "1/2", {{"top_k", 5}}), output_of("b", "2/2", {{"top_k", 2}})}) ==
        "b: was written with -k 2, but a with -k 5; merge the shards of one run");
  ShardOutput other_model = second;
  other_model.run["model_hash"] = "other";
  CHECK(refusal_of({first, other_model, third}) ==
        "b: was written with model hash other, but a with model hash h; merge the shards of one run");
  ShardOutput unfinished = second;
  unfinished.end.reset();
  CHECK(refusal_of({first, unfinished, third}) ==
        "b: its run did not finish; continue shard 2/3 with --resume");
}

TEST_CASE("each position of the list must have one record") {
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

TEST_CASE("a list with an impossible length allocates no memory") {
  const EndOfList endless{std::numeric_limits<std::uint64_t>::max()};
  CHECK(refusal(shards_of({endless}), {0, 1}) ==
        "no shard has the record of position 2 in a list of 18446744073709551615" + kAdvice);
}

TEST_CASE("shards of lists with different lengths are refused") {
  CHECK(refusal(shards_of({EndOfList{6}, EndOfList{7}}), {}) ==
        "s2: its list had 7 images, but that of s1 had 6" + kAdvice);
}

TEST_CASE("shards of earlier versions must have as many positions as records") {
  const std::vector<ShardOutput> old = shards_of({EndOfList(), EndOfList()});
  CHECK(refusal(old, {1, 0, 2}) == "no error");
  CHECK(refusal(old, {1, 99, 2}) == "s1: a.png: has position 99 in a list of 3" + kAdvice);
  CHECK(refusal(shards_of({EndOfList(), EndOfList{4}}), {0, 1, 2}) ==
        "no shard has the record of position 3 in a list of 4" + kAdvice);
}

TEST_CASE("shards in no common order are checked by the number of records") {
  const std::vector<ShardOutput> shards = shards_of({EndOfList{3, false}, EndOfList{3, false}});
  CHECK(refusal(shards, {0, 0, 2}) == "no error");
  CHECK(refusal(shards, {0, 0}) == "the shards hold 2 records of a list of 3" + kAdvice);
  PositionCheck check(shards, 3);
  CHECK(check.list().images == 3);
  CHECK(!check.list().in_order);
}

TEST_CASE("positions of images that a run moved are not compared") {
  const ResumeKey moves{{"sort_by", "move"}, {"dry_run", false}};
  const std::vector<ShardOutput> shards = shards_of({EndOfList(), EndOfList()}, moves);
  CHECK(refusal(shards, {0, 0, 7}) == "no error");
  CHECK(!PositionCheck(shards, 3).list().images);
  CHECK(refusal(shards_of({EndOfList{1}}, {{"sort_by", "move"}, {"dry_run", true}}), {7}) != "no error");
}
