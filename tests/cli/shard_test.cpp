// alexnet batch --shard: a part of a list, chosen by path only.
#include <doctest/doctest.h>

#include <set>

#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

struct PhotosToShard {
  TemporaryFolder folder;
  std::string model = write_tiny_model(folder);

  explicit PhotosToShard(int count) {
    for (int i = 0; i < count; ++i) add(std::to_string(i));
  }
  void add(const std::string& name) const {
    folder.write("photos/" + name + ".png", read_file(fixture("1x1.png")));
  }
  // Returns the names in a shard and checks that they are in the list's order.
  std::vector<std::string> share(const std::string& shard, const std::map<std::string, std::string>& env = {},
                                 const std::string& place = "photos") const {
    const Result result = run(Call{.args = {"batch", "--json", "-m", model, place, "--shard", shard},
                                   .env = env,
                                   .folder = folder.path()});
    CAPTURE(result.err);
    CHECK(result.status == 0);
    std::vector<std::string> names;
    for (const json& record : json_lines(result.out)) names.push_back(record.at("path"));
    return names;
  }
};

void check_shard_refused(const std::string& shard, const std::map<std::string, std::string>& env,
                         const std::string& reason) {
  const Result result = run({"batch", photo("cat.png"), "--shard", shard}, "", env);
  CAPTURE(shard);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: --shard " + shard + ": " + reason + "\n");
}

std::map<std::string, std::string> slurm(const std::string& id, const std::string& least,
                                         const std::string& most, const std::string& step,
                                         const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", least},
          {"SLURM_ARRAY_TASK_MAX", most},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

}  // namespace

TEST_CASE("every image is in one shard, and new ones move none") {
  const PhotosToShard photos(60);
  std::map<std::string, int> shard_of;
  for (int number = 1; number <= 4; ++number) {
    const std::vector<std::string> names = photos.share(std::to_string(number) + "/4");
    CHECK(names.size() > 5);
    CHECK(names.size() < 30);
    for (const std::string& name : names) CHECK(shard_of.emplace(name, number).second);
  }
  CHECK(shard_of.size() == 60);
  for (int i = 60; i < 90; ++i) photos.add("a" + std::to_string(i));
  std::size_t all = 0;
  for (int number = 1; number <= 4; ++number) {
    for (const std::string& name : photos.share(std::to_string(number) + "/4")) {
      ++all;
      if (shard_of.contains(name)) CHECK(shard_of.at(name) == number);
    }
  }
  CHECK(all == 90);
  CHECK(photos.share("1/1").size() == 90);
}

TEST_CASE("a path's shard does not depend on how the path is written") {
  const PhotosToShard photos(20);
  std::vector<std::string> dotted = photos.share("2/3", {}, "./photos");
  for (std::string& name : dotted) name = name.substr(2);
  CHECK(dotted == photos.share("2/3"));
  CHECK(!dotted.empty());
}

TEST_CASE("a shard without an image is well, a list without one is not") {
  const PhotosToShard photos(1);
  std::size_t found = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) found += photos.share(shard).size();
  CHECK(found == 1);
  const TemporaryFolder empty;
  CHECK(run({"batch", empty.path(), "--shard", "1/3"}).status == 2);
}

TEST_CASE("--shard auto takes Slurm's array, auto/N Kubernetes' index too") {
  const PhotosToShard photos(30);
  for (const int number : {1, 2, 3}) {
    const std::string expected = std::to_string(number) + "/3";
    const std::vector<std::string> names = photos.share(expected);
    CHECK(photos.share("auto", slurm(std::to_string(number - 1), "0", "2", "1", "3")) == names);
    CHECK(photos.share("auto", slurm(std::to_string(5 + 2 * number), "7", "12", "2", "3")) == names);
    CHECK(photos.share("auto/3", slurm(std::to_string(number), "1", "3", "1", "3")) == names);
    CHECK(photos.share("auto/3", {{"JOB_COMPLETION_INDEX", std::to_string(number - 1)}}) == names);
  }
}

TEST_CASE("a shard that cannot be is refused with the reason") {
  check_shard_refused("3", {}, "expected I/N (such as 1/4), auto or auto/N");
  check_shard_refused("x/4", {}, "expected I/N (such as 1/4), auto or auto/N");
  check_shard_refused("1/x", {}, "the number after the slash must be 1 or more");
  check_shard_refused("1/0", {}, "the number after the slash must be 1 or more");
  check_shard_refused("1/4 ", {}, "the number after the slash must be 1 or more");
  check_shard_refused("0/4", {}, "there is no such shard; expected 1/4 to 4/4");
  check_shard_refused("5/4", {}, "there is no such shard; expected 1/4 to 4/4");
  check_shard_refused("auto", {}, "SLURM_ARRAY_TASK_ID is not set; use auto/N for Kubernetes");
  check_shard_refused("auto/3", {}, "JOB_COMPLETION_INDEX is not set");
  check_shard_refused("auto/3", {{"JOB_COMPLETION_INDEX", "3"}},
                      "JOB_COMPLETION_INDEX is 3 (expected 0 to 2)");
  check_shard_refused("auto/3", {{"JOB_COMPLETION_INDEX", "-1"}},
                      "JOB_COMPLETION_INDEX is '-1', not a whole number");
  check_shard_refused("auto", {{"SLURM_ARRAY_TASK_ID", "2"}}, "SLURM_ARRAY_TASK_MIN is not set");
  check_shard_refused("auto", slurm("x", "1", "3", "1", "3"),
                      "SLURM_ARRAY_TASK_ID is 'x', not a whole number");
  check_shard_refused(
      "auto", slurm("2", "1", "7", "1", "3"),
      "Slurm's array of 3 tasks from 1 to 7 has gaps; number the tasks evenly, as in --array=1-4");
  check_shard_refused("auto", slurm("4", "1", "3", "1", "3"), "Slurm's task 4 is not in its array");
  check_shard_refused("auto", slurm("2", "1", "5", "2", "3"), "Slurm's task 2 is not in its array");
  check_shard_refused("auto/4", slurm("2", "1", "3", "1", "3"), "Slurm's array has 3 tasks");
}
