// alexnet batch --min-prob and --label.
#include <doctest/doctest.h>

#include "command.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

std::vector<json> batch(std::vector<std::string> options) {
  options.insert(options.begin(), {"batch", "--json", "data/photos"});
  const Result result = run(Call{.args = options, .folder = ALEXNET_SOURCE_DIR});
  CHECK(result.status == 0);
  CHECK(contains(result.err, "4 images, 0 failed"));
  return json_lines(result.out);
}

}  // namespace

TEST_CASE("batch --min-prob drops answers that are less probable") {
  const std::vector<json> all = batch({});
  const std::vector<json> some = batch({"--min-prob", "0.2"});
  REQUIRE(some.size() == all.size());
  std::size_t left = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    json expected = json::array();
    for (const json& p : all[i].at("predictions"))
      if (p.at("probability").get<double>() >= 0.2) expected.push_back(p);
    CHECK(some[i].at("predictions") == expected);
    left += expected.size();
  }
  CHECK(left > 0);
  CHECK(left < 20);
  for (const json& record : batch({"--min-prob", "1"})) CHECK(record.at("predictions").empty());
  CHECK(run({"batch", photo("cat.png"), "--min-prob", "1.5"}).status == 2);
}

TEST_CASE("batch --label keeps the images with a matching answer, and only their matching answers") {
  const std::vector<json> found = batch({"--label", "ESPR*"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("path") == "data/photos/coffee.jpg");
  REQUIRE(found[0].at("predictions").size() == 1);
  CHECK(found[0].at("predictions")[0].at("label") == "espresso");
  CHECK(batch({"--label", "*cat*"})[0].at("predictions").size() == 4);  // includes Rana catesbeiana
}

TEST_CASE("batch --label matches the same images in every locale") {
  const auto matches = [](const char* locale) {
    Call call{.args = {"batch", "-k", "2", "--label", "*EGYPTIAN*", "data/photos"},
              .env = {{"LC_ALL", locale}},
              .folder = ALEXNET_SOURCE_DIR};
    const Result result = run(call);
    CHECK(result.status == 0);
    CHECK(contains(result.err, "2 of 4 images match '*EGYPTIAN*'"));
    return result.out;
  };
  CHECK(matches("tr_TR.UTF-8") == matches("C.UTF-8"));  // a Turkish I has another small letter
}

TEST_CASE("batch --label keeps answers that are probable enough and all failures") {
  CHECK(batch({"--label", "*cat*", "--min-prob", "0.25"})[0].at("predictions").size() == 1);
  CHECK(batch({"--label", "*cat*", "--min-prob", "0.9"}).empty());
  const Result result = run({"batch", "--json", "--label", "goldfish*", "/dev/null", photo("cat.png")});
  CHECK(result.status == 1);
  REQUIRE(json_lines(result.out).size() == 1);
  CHECK(json_lines(result.out)[0].contains("reason"));
}

TEST_CASE("batch reports how many images match --label, which can be repeated") {
  const Result two = run(
      Call{.args = {"batch", "--json", "-k", "1", "--label", "ESPRESSO", "--label", "*TABBY*", "data/photos"},
           .folder = ALEXNET_SOURCE_DIR});
  CHECK(two.status == 0);
  CHECK(json_lines(two.out).size() == 3);
  CHECK(contains(two.err, "\n3 of 4 images match 'ESPRESSO' or '*TABBY*'\n"));
  const Result none = run({"batch", "--label", "goldfish*", photo("cat.png")});
  CHECK(none.status == 0);
  CHECK(none.out == "");
  CHECK(contains(none.err, "\n0 of 1 images match 'goldfish*'\n"));
  CHECK(!contains(run({"batch", photo("cat.png")}).err, "match"));
}

TEST_CASE("batch refuses a --label that matches no class before it reads the list") {
  const Result result = run({"batch", "--label", "dog", "/nonexistent"});
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: --label: 'dog' matches no class of tiny-alexnet; did you mean '*dog*'?\n");
}

TEST_CASE("batch --min-prob accepts only numbers from 0 to 1") {
  for (const char* value : {"nan", "-nan", "NAN", "inf", "-0.1", "1.5", "0,5", "many"}) {
    CAPTURE(value);
    const Result result = run({"batch", photo("cat.png"), std::string("--min-prob=") + value});
    CHECK(result.status == 2);
    CHECK(contains(result.err, "--min-prob"));
  }
}

TEST_CASE("--resume skips an image that --label left out") {
  const TemporaryFolder folder;
  const std::vector<std::string> args{
      "batch", photo("cat.png"),         photo("coffee.jpg"), "--label", "espresso",
      "-o",    folder.path("out.jsonl"), "--resume"};
  CHECK(run(args).status == 0);
  CHECK(json_lines(read_file(folder.path("out.jsonl"))).size() == 1);
  CHECK(contains(run(args).err, "0 images, 0 failed"));
}
