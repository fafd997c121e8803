// alexnet evaluate: the accuracy of a model.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>

#include "alexnet/image.hpp"
#include "command.hpp"
#include "skip.hpp"
#include "tiny_model.hpp"

using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Writes the sample photos into folders of their classes. tiny-alexnet classifies the rocket as an obelisk;
// projectile is fourth.
void write_photos(const TemporaryFolder& folder) {
  folder.write("all/tabby/cat.jpg", read_file(photo("cat.jpg")));
  folder.write("all/ESPRESSO/coffee.jpg", read_file(photo("coffee.jpg")));
  folder.write("all/n04008634/rocket.jpg", read_file(photo("rocket.jpg")));
}

// Writes a model of three classes ("n00000001 first", "second, other", "third") that gives every image these
// scores.
std::string write_stubborn_model(const TemporaryFolder& folder, const std::string& name,
                                 const std::vector<float>& scores) {
  folder.write(name + "/network.json", tiny_network().dump());
  std::string data = tiny_data();
  std::memset(data.data(), 0, data.size());
  std::memcpy(data.data() + data.size() - sizeof(float) * scores.size(), scores.data(),
              sizeof(float) * scores.size());
  folder.write(name + "/weights.safetensors", safetensors(tiny_header().dump(), data));
  folder.write(name + "/labels.txt", "n00000001 first\nsecond, other\nthird\n");
  return folder.path(name);
}

json evaluated(const std::vector<std::string>& args, int status = 0, int minutes = Call().minutes) {
  Call call{.args = {"evaluate", "--json"}, .minutes = minutes};
  call.args.insert(call.args.end(), args.begin(), args.end());
  const Result result = run(call);
  CAPTURE(result.err);
  REQUIRE(result.status == status);
  return json_lines(result.out).at(0);
}

}  // namespace

TEST_CASE("evaluate reads the classes from the names of the folders and counts correct answers") {
  const TemporaryFolder folder;
  write_photos(folder);
  const json found = evaluated({folder.path("all")});
  CHECK(found.at("path") == folder.path("all"));
  CHECK(found.at("model") == "tiny-alexnet");
  CHECK(found.at("images") == 3);
  CHECK(found.at("read") == 3);
  CHECK(found.at("failed") == 0);
  CHECK(found.at("top1").at("right") == 2);
  CHECK(found.at("top1").at("share").get<double>() == doctest::Approx(2.0 / 3));
  CHECK(found.at("top1").at("low").get<double>() == doctest::Approx(0.20766).epsilon(1e-4));
  CHECK(found.at("top1").at("high").get<double>() == doctest::Approx(0.93851).epsilon(1e-4));
  CHECK(found.at("top5").at("right") == 3);
  CHECK(found.at("confused").size() == 1);
  CHECK(found.at("classes").size() == 200);
  const json& espresso = found.at("classes").at(193);
  CHECK(espresso == json{{"index", 193},
                         {"id", "n07920052"},
                         {"label", "espresso"},
                         {"images", 1},
                         {"top1", 1},
                         {"top5", 1}});
  CHECK(found.at("classes").at(0).at("images") == 0);
}

TEST_CASE("evaluate's text fits into 100 columns and names the confused classes") {
  const TemporaryFolder folder;
  write_photos(folder);
  for (const char* more : {"--per-class", "--crops=10"}) {
    const Result good =
        run({.args = {"evaluate", "all", more, "--compare", "tiny-alexnet"}, .folder = folder.path()});
    CHECK(good.status == 0);
    CHECK(good.err == "");
    CHECK(good.out.starts_with("all: 3 images, 0 failed; the figures are of those that were read\n\nmodel"));
    for (const char* part :
         {"  top-1               66.7 %  20.8 % to 93.9 %   2 of 3\n",
          "\nprojectile     obelisk         1       100.0 %\n",
          "\nthe same best prediction for 3 of 3 images (100.0 %); the first model alone is wrong about 0,\n",
          "calibration error"})
      CHECK(contains(good.out, part));
    for (const std::string& line : lines(good.out)) CHECK(line.size() <= 100);
  }
}

TEST_CASE("failed images are named, count only in the total, and cause exit status 1") {
  const TemporaryFolder folder;
  write_photos(folder);
  const std::string bad = folder.write("all/ESPRESSO/bad.jpg", "no image");
  const json found = evaluated({folder.path("all")}, 1);
  CHECK(found.at("images") == 4);
  CHECK(found.at("read") == 3);
  CHECK(found.at("failed") == 1);
  CHECK(found.at("top1").at("share").get<double>() == doctest::Approx(2.0 / 3));
  CHECK(found.at("of_all").at("top1").get<double>() == doctest::Approx(2.0 / 4));
  CHECK(found.at("of_all").at("top5").get<double>() == doctest::Approx(3.0 / 4));
  CHECK(found.at("failures") ==
        json::array({{{"path", bad}, {"stage", "decode"}, {"reason", "not an image: it is text"}}}));
  const Result text = run({"evaluate", folder.path("all"), "--compare", "tiny-alexnet"});
  CHECK(text.status == 1);
  CHECK(text.err == "alexnet: " + bad + ": decode: not an image: it is text\n");
  CHECK(contains(text.out, "  top-1 of all        50.0 %                     2 of 4\n"));
}

TEST_CASE("evaluate reads a list, and its figures equal those computed by hand") {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png", "with a space.png"})
    folder.write(std::string("images/") + name, read_file(fixture("upright.png")));
  const std::string list =
      folder.write("list.txt", "a.png first\nb.png\tsecond\nc.png n00000001\nwith a space.png\t2\n");
  const std::string model = write_stubborn_model(folder, "always-first", {100, 0, 0});
  const std::string csv = folder.path("matrix.csv");
  const std::string png = folder.path("matrix.png");
  const json found = evaluated(
      {list, "--images", folder.path("images"), "-m", model, "--confusion", csv, "--confusion", png});
  CHECK(found.at("top1").at("right") == 2);
  CHECK(found.at("top5").at("right") == 4);  // there are only three classes
  // All have probability 1, half are right.
  CHECK(found.at("calibration").at("error").get<double>() == doctest::Approx(0.5));
  CHECK(found.at("calibration").at("bins").at(14) ==
        json{{"images", 4}, {"probability", 1.0}, {"accuracy", 0.5}});
  CHECK(found.at("confused") == json::array({{{"truth", 1}, {"answer", 0}, {"images", 1}},
                                             {{"truth", 2}, {"answer", 0}, {"images", 1}}}));
  CHECK(read_file(csv) ==
        "truth,n00000001,\"second, other\",third\nn00000001,2,0,0\n\"second, other\",1,0,0\nthird,1,0,0\n");
  const alexnet::image::Image matrix = alexnet::image::load(png);
  REQUIRE(matrix.width >
          150 + 40);  // the cells are at the bottom right, the names at the left and at the top
  REQUIRE(matrix.height == matrix.width);
  const auto grey = [&](std::size_t truth, std::size_t answer) {
    const auto width = static_cast<std::size_t>(matrix.width);
    const std::size_t y = width - 151 + truth * 50 + 25;
    const std::size_t x = width - 151 + answer * 50 + 25;
    return static_cast<int>(matrix.rgb[(y * width + x) * 3]);
  };
  for (std::size_t truth = 0; truth < 3; ++truth) {
    CHECK(grey(truth, 0) == 255);
    CHECK(grey(truth, 1) == 0);
    CHECK(grey(truth, 2) == 0);
  }
}

TEST_CASE("evaluate --compare reports the changed answers, and if they became right or wrong") {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, read_file(fixture("upright.png")));
  const std::string list = folder.write("list.txt", "a.png 0\nb.png 1\nc.png 2\n");
  const std::string first = write_stubborn_model(folder, "first", {100, 0, 0});
  const std::string third = write_stubborn_model(folder, "third", {0, 0, 100});
  const json found = evaluated({list, "-m", first, "--compare", third});
  CHECK(found.at("model") == first);
  CHECK(found.at("other").at("model") == third);
  CHECK(found.at("other").at("confused").at(0).at("answer") == 2);
  const json changed = [&] {
    json all = json::array();
    for (const auto& [name, truth] : {std::pair{"a.png", 0}, {"b.png", 1}, {"c.png", 2}})
      all.push_back({{"path", folder.path(name)}, {"truth", truth}, {"first", 0}, {"second", 2}});
    return all;
  }();
  CHECK(
      found.at("comparison") ==
      json{{"images", 3}, {"agree", 0}, {"fixed", 1}, {"broken", 1}, {"p_value", 1.0}, {"changed", changed}});
  const Result text =
      run({.args = {"evaluate", "list.txt", "-m", "first", "--compare", "third"}, .folder = folder.path()});
  CHECK(contains(text.out, "\ntruth   first  third  changed\nfirst   first  third  a.png\n"));
}

TEST_CASE("evaluate --compare refuses models with different classes") {
  const TemporaryFolder folder;
  const std::string list = folder.write("list.txt", fixture("upright.png") + "\t0\n");
  const std::string tiny = write_tiny_model(folder);
  const auto refused = [&](const std::string& other, const std::string& reason) {
    const Result result = run({"evaluate", list, "-m", tiny, "--compare", other});
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(contains(result.err, ": cannot be compared with " + tiny + ": " + reason + "\n"));
  };
  refused("tiny-alexnet", "it has 200 classes, not 3");
  const std::string other = write_stubborn_model(folder, "other", {1, 0, 0});
  folder.write("other/labels.txt", "n00000001 another name\nsecond, other\nfourth\n");
  refused(other, "class 2 is 'fourth', not 'third'");
}

TEST_CASE("an image whose probabilities are not numbers fails") {
  const TemporaryFolder folder;
  const std::string list = folder.write("list.txt", fixture("upright.png") + "\t0\n");
  const std::string model =
      write_stubborn_model(folder, "broken", {std::numeric_limits<float>::quiet_NaN(), 0, 0});
  const json found = evaluated({list, "-m", model}, 1);
  CHECK(found.at("read") == 0);
  CHECK(found.at("failures").at(0).at("reason") == "the probabilities are not numbers");
  CHECK(found.at("top1").at("low") == 0.0);
  CHECK(found.at("top1").at("high") == 1.0);
}

TEST_CASE("evaluate refuses invalid truth, images and options with the reason") {
  const TemporaryFolder folder;
  write_photos(folder);
  const auto refused = [&](const std::vector<std::string>& args, const std::string& reason, int status = 2) {
    std::vector<std::string> all{"evaluate"};
    all.insert(all.end(), args.begin(), args.end());
    const Result result = run(all);
    CAPTURE(reason);
    CAPTURE(result.err);
    CHECK(result.status == status);
    CHECK(contains(result.err, reason));
    if (status == 2) CHECK(result.out == "");
  };
  refused({}, "PATH is missing");
  refused({folder.path("none")},
          folder.path("none") + ": cannot be opened: No such file or directory; check the name");
  refused({folder.path("all"), "--confusion", "matrix.txt"}, "'matrix.txt' must end in .csv or .png");
  refused({folder.path("all"), "-m", model("worked-example")},
          "all/ESPRESSO: 'ESPRESSO' is not a class of worked-example; the model has no labels");
  const std::string list =
      folder.write("list.txt", photo("cat.jpg") + "\t32\n" + photo("cat.png") + "\tEgiptian cat\n");
  refused({list},
          list + ": line 2: 'Egiptian cat' is not a class of tiny-alexnet; did you mean 'Egyptian cat'?");
  const std::string input = folder.write("input.png", read_file(photo("cat.png")));
  const std::string one = folder.write("one.txt", "input.png Egyptian cat\n");
  refused({one, "--confusion", input}, "is not a picture that alexnet wrote; use another output file");
  CHECK(read_file(input) == read_file(photo("cat.png")));
  refused({folder.path("all"), "--confusion", folder.path("none/m.csv")}, folder.path("none/m.csv"), 3);
  refused({folder.path("all"), "--confusion", folder.path("none/m.png")}, folder.path("none/m.png"), 3);
}

TEST_CASE("evaluate gives tiny-alexnet's published accuracy on Tiny ImageNet's validation images") {
  const char* const named = std::getenv("ALEXNET_TINY_IMAGENET");
  const std::string archive =
      named != nullptr ? named : ALEXNET_SOURCE_DIR "/../shared/tiny-imagenet-val/val.tar";
  if (!std::filesystem::exists(archive)) {
    alexnet::test::skip("ALEXNET_TINY_IMAGENET names no val.tar");
    return;
  }
  const TemporaryFolder folder;
  REQUIRE(std::system(("tar -x -f '" + archive + "' -C '" + folder.path() + "'").c_str()) == 0);
  const std::string csv = folder.path("matrix.csv");
  constexpr int kMinutes = 20;  // enough for the sanitizers
  const json found = evaluated({folder.path("val"), "--confusion", csv}, 0, kMinutes);
  const json published = json::parse(read_file(model("tiny-alexnet") + "/accuracy.json"));
  CHECK(found.at("read") == published.at("images"));
  for (const char* figure : {"top1", "top5"}) {
    const auto right = found.at(figure).at("right").get<double>();
    CHECK(std::abs(right - published.at(figure).get<double>() * 10000) <= 2.0001);
  }
  // 50 images per class; the diagonal counts the right ones.
  const auto rows = csv_rows(read_file(csv));
  REQUIRE(rows.size() == 201);
  int right = 0;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    REQUIRE(rows[row].size() == 201);
    CHECK(rows[row][0] == rows[0][row]);
    CHECK(std::accumulate(rows[row].begin() + 1, rows[row].end(), 0,
                          [](int sum, const std::string& cell) { return sum + std::stoi(cell); }) == 50);
    right += std::stoi(rows[row][row]);
  }
  CHECK(right == found.at("top1").at("right"));
}
