// alexnet batch --shard: a part of a list, chosen by path only.
#include <doctest/doctest.h>

#include <map>

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
  // Returns the names in a shard.
  std::vector<std::string> share(const std::string& shard,
                                 const std::map<std::string, std::string>& env = {}) const {
    const Result result = run(Call{.args = {"batch", "--json", "-m", model, "photos", "--shard", shard},
                                   .env = env,
                                   .folder = folder.path()});
    CAPTURE(result.err);
    CHECK(result.status == 0);
    std::vector<std::string> names;
    for (const json& record : json_lines(result.out)) names.push_back(record.at("path"));
    return names;
  }
};

}  // namespace

TEST_CASE("each image is in one shard's results, and new images do not move others") {
  const PhotosToShard photos(20);
  std::map<std::string, int> shard_of;
  for (int number = 1; number <= 2; ++number)
    for (const std::string& name : photos.share(std::to_string(number) + "/2"))
      CHECK(shard_of.emplace(name, number).second);
  CHECK(shard_of.size() == 20);
  for (int i = 20; i < 30; ++i) photos.add("a" + std::to_string(i));
  std::size_t all = 0;
  for (int number = 1; number <= 2; ++number) {
    for (const std::string& name : photos.share(std::to_string(number) + "/2")) {
      ++all;
      if (shard_of.contains(name)) CHECK(shard_of.at(name) == number);
    }
  }
  CHECK(all == 30);
}

TEST_CASE("an empty shard is accepted, and an empty list is refused") {
  const PhotosToShard photos(1);
  std::size_t found = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) found += photos.share(shard).size();
  CHECK(found == 1);
  const TemporaryFolder empty;
  CHECK(run({"batch", empty.path(), "--shard", "1/3"}).status == 2);
}

TEST_CASE("--shard auto reads the environment, and an impossible shard is refused") {
  const PhotosToShard photos(10);
  CHECK(photos.share("auto/3", {{"JOB_COMPLETION_INDEX", "1"}}) == photos.share("2/3"));
  const Result result = run({"batch", photo("cat.png"), "--shard", "5/4"});
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: --shard 5/4: there is no such shard; expected 1/4 to 4/4\n");
}
