#include "batch/list/shard.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <map>
#include <stdexcept>

#include "batch/list/path_set.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet::app;

namespace {

using Variables = std::map<std::string, std::string>;

constexpr std::array kVariables{"SLURM_ARRAY_TASK_ID",   "SLURM_ARRAY_TASK_MIN",   "SLURM_ARRAY_TASK_MAX",
                                "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX"};

// Sets these variables of the environment, and no others that parse_shard() reads, while it lives.
class InEnvironment {
 public:
  explicit InEnvironment(const Variables& set) {
    for (const char* name : kVariables) unsetenv(name);
    for (const auto& [name, value] : set) setenv(name.c_str(), value.c_str(), 1);
  }
  InEnvironment(const InEnvironment&) = delete;
  InEnvironment& operator=(const InEnvironment&) = delete;
  ~InEnvironment() {
    for (const char* name : kVariables) unsetenv(name);
  }
};

Variables slurm_array(const std::string& id, const std::string& least, const std::string& most,
                      const std::string& step, const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", least},
          {"SLURM_ARRAY_TASK_MAX", most},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

Shard parsed(const std::string& text, const Variables& set = {}) {
  const InEnvironment environment(set);
  return parse_shard(text);
}

std::string shard_error(const std::string& text, const Variables& set = {}) {
  const std::string said = message_of<std::runtime_error>([&] { parsed(text, set); });
  const std::string begin = "--shard " + text + ": ";
  CHECK(said.starts_with(begin));
  return said.substr(begin.size());
}

}  // namespace

TEST_CASE("a path belongs to one shard, by the path alone") {
  constexpr int kShards = 4;
  std::array<int, kShards> sizes{};
  for (int i = 0; i < 400; ++i) {
    const std::string key = path_key("photos/" + std::to_string(i) + ".png");
    CHECK(path_key("./photos/" + std::to_string(i) + ".png") == key);
    int shards = 0;
    for (int number = 1; number <= kShards; ++number) {
      if (!Shard{number, kShards}.has(key)) continue;
      ++shards;
      ++sizes.at(static_cast<std::size_t>(number - 1));
    }
    CHECK(shards == 1);
    CHECK(Shard().has(key));
  }
  for (const int size : sizes) {
    CHECK(size > 60);
    CHECK(size < 140);
  }
}

TEST_CASE("a shard is written as it is parsed") {
  CHECK(parsed("2/3") == Shard{2, 3});
  CHECK(to_string(Shard{2, 3}) == "2/3");
  CHECK(to_string(Shard()) == "1/1");
}

TEST_CASE("auto is a task of Slurm's array, and auto/N a job of Kubernetes too") {
  for (const int number : {1, 2, 3}) {
    const Shard expected{number, 3};
    CHECK(parsed("auto", slurm_array(std::to_string(number - 1), "0", "2", "1", "3")) == expected);
    CHECK(parsed("auto", slurm_array(std::to_string(5 + 2 * number), "7", "12", "2", "3")) == expected);
    CHECK(parsed("auto/3", slurm_array(std::to_string(number), "1", "3", "1", "3")) == expected);
    CHECK(parsed("auto/3", {{"JOB_COMPLETION_INDEX", std::to_string(number - 1)}}) == expected);
  }
}

TEST_CASE("a shard that cannot be is refused with the reason") {
  CHECK(shard_error("3") == "write I/N, say 1/4, or auto or auto/N");
  CHECK(shard_error("x/4") == "write I/N, say 1/4, or auto or auto/N");
  CHECK(shard_error("1/x") == "after the slash stands the number of shards, 1 or more");
  CHECK(shard_error("1/0") == "after the slash stands the number of shards, 1 or more");
  CHECK(shard_error("1/4 ") == "after the slash stands the number of shards, 1 or more");
  CHECK(shard_error("0/4") == "there is no such shard: they are 1/4 to 4/4");
  CHECK(shard_error("5/4") == "there is no such shard: they are 1/4 to 4/4");
  CHECK(shard_error("auto") == "SLURM_ARRAY_TASK_ID is not set; for Kubernetes write auto/N");
  CHECK(shard_error("auto/3") == "JOB_COMPLETION_INDEX is not set");
  CHECK(shard_error("auto/3", {{"JOB_COMPLETION_INDEX", "3"}}) ==
        "JOB_COMPLETION_INDEX is 3, counted from 0");
  CHECK(shard_error("auto/3", {{"JOB_COMPLETION_INDEX", "-1"}}) ==
        "JOB_COMPLETION_INDEX is '-1', no whole number");
  CHECK(shard_error("auto", {{"SLURM_ARRAY_TASK_ID", "2"}}) == "SLURM_ARRAY_TASK_MIN is not set");
  CHECK(shard_error("auto", slurm_array("x", "1", "3", "1", "3")) ==
        "SLURM_ARRAY_TASK_ID is 'x', no whole number");
  CHECK(shard_error("auto", slurm_array("2", "1", "7", "1", "3")) ==
        "Slurm's array of 3 tasks from 1 to 7 has gaps; number the tasks evenly, as in --array=1-4");
  CHECK(shard_error("auto", slurm_array("4", "1", "3", "1", "3")) == "Slurm's task 4 is not of its array");
  CHECK(shard_error("auto", slurm_array("2", "1", "5", "2", "3")) == "Slurm's task 2 is not of its array");
  CHECK(shard_error("auto/4", slurm_array("2", "1", "3", "1", "3")) == "Slurm's array has 3 tasks");
}
