#include "batch/list/shard.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "batch/list/path_set.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet::app;

namespace {

using Environment = std::map<std::string, std::string>;

constexpr std::array kVariables{"SLURM_ARRAY_TASK_ID",   "SLURM_ARRAY_TASK_MIN",   "SLURM_ARRAY_TASK_MAX",
                                "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX"};

// Returns the shard, or the error, of `text` in an environment that has these variables of a scheduler.
std::string shard_in(const Environment& environment, const std::string& text) {
  for (const char* name : kVariables) unsetenv(name);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::string shard;
  const std::string error = message_of<std::runtime_error>([&] { shard = to_string(parse_shard(text)); });
  for (const char* name : kVariables) unsetenv(name);
  return error == "no error" ? shard : error;
}

// Returns the reason why a shard is refused.
std::string shard_refusal(const std::string& text, const Environment& environment = {}) {
  const std::string error = shard_in(environment, text);
  const std::string begin = "--shard " + text + ": ";
  return error.starts_with(begin) ? error.substr(begin.size()) : "accepted as " + error;
}

Environment slurm(const std::string& id, const std::string& min, const std::string& max,
                  const std::string& step, const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", min},
          {"SLURM_ARRAY_TASK_MAX", max},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

}  // namespace

TEST_CASE("each path is in exactly one shard, and the shards have about the same size") {
  constexpr int kPaths = 10000;
  constexpr int kShards = 4;
  std::map<int, int> sizes;
  for (int i = 0; i < kPaths; ++i) {
    const std::string path = "photos/" + std::to_string(i) + ".png";
    int shards = 0;
    for (int number = 1; number <= kShards; ++number)
      if (Shard{number, kShards}.has(path)) ++sizes[number], ++shards;
    REQUIRE(shards == 1);
    REQUIRE(Shard().has(path));
  }
  for (const auto& [number, size] : sizes) {
    CHECK(size > 2300);
    CHECK(size < 2700);
  }
}

TEST_CASE("a path's shard is independent of its spelling and stays the same in all versions") {
  for (int number = 1; number <= 3; ++number)
    CHECK(Shard{number, 3}.has(path_key("./photos//a.png")) ==
          Shard{number, 3}.has(path_key("photos/a.png")));
  CHECK(Shard{2, 4}.has("photos/a.png"));
  CHECK(Shard{3, 4}.has("photos/b.png"));
}

TEST_CASE("a shard is written as I/N, and auto reads it from Slurm's array or Kubernetes' index") {
  CHECK(shard_in({}, "2/4") == "2/4");
  for (const int number : {1, 2, 3}) {
    const std::string expected = std::to_string(number) + "/3";
    CHECK(shard_in(slurm(std::to_string(number - 1), "0", "2", "1", "3"), "auto") == expected);
    CHECK(shard_in(slurm(std::to_string(5 + 2 * number), "7", "12", "2", "3"), "auto") == expected);
    CHECK(shard_in(slurm(std::to_string(number), "1", "3", "1", "3"), "auto/3") == expected);
    CHECK(shard_in({{"JOB_COMPLETION_INDEX", std::to_string(number - 1)}}, "auto/3") == expected);
  }
}

TEST_CASE("an impossible shard is refused with the reason") {
  CHECK(shard_refusal("3") == "expected I/N (such as 1/4), auto or auto/N");
  CHECK(shard_refusal("x/4") == "expected I/N (such as 1/4), auto or auto/N");
  for (const char* text : {"1/x", "1/0", "1/4 "})
    CHECK(shard_refusal(text) == "the number after the slash must be 1 or more");
  for (const char* text : {"0/4", "5/4"})
    CHECK(shard_refusal(text) == "there is no such shard; expected 1/4 to 4/4");
  CHECK(shard_refusal("auto") == "SLURM_ARRAY_TASK_ID is not set; use auto/N for Kubernetes");
  CHECK(shard_refusal("auto/3") == "JOB_COMPLETION_INDEX is not set");
  CHECK(shard_refusal("auto/3", {{"JOB_COMPLETION_INDEX", "3"}}) ==
        "JOB_COMPLETION_INDEX is 3 (expected 0 to 2)");
  CHECK(shard_refusal("auto/3", {{"JOB_COMPLETION_INDEX", "-1"}}) ==
        "JOB_COMPLETION_INDEX is '-1', not a whole number");
  CHECK(shard_refusal("auto", {{"SLURM_ARRAY_TASK_ID", "2"}}) == "SLURM_ARRAY_TASK_MIN is not set");
  CHECK(shard_refusal("auto", slurm("x", "1", "3", "1", "3")) ==
        "SLURM_ARRAY_TASK_ID is 'x', not a whole number");
  CHECK(shard_refusal("auto", slurm("2", "1", "7", "1", "3")) ==
        "Slurm's array of 3 tasks from 1 to 7 has gaps; number the tasks evenly, as in --array=1-4");
  CHECK(shard_refusal("auto", slurm("4", "1", "3", "1", "3")) == "Slurm's task 4 is not in its array");
  CHECK(shard_refusal("auto", slurm("2", "1", "5", "2", "3")) == "Slurm's task 2 is not in its array");
  CHECK(shard_refusal("auto/4", slurm("2", "1", "3", "1", "3")) == "Slurm's array has 3 tasks");
}
