#include "alexnet/classifier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "alexnet/analysis.hpp"
#include "cli/command.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using cli::photo;

namespace {

std::vector<float> probabilities_of(const std::vector<Prediction>& predictions) {
  std::vector<float> all;
  for (const Prediction& p : predictions) all.push_back(p.probability);
  return all;
}

}  // namespace

TEST_CASE("a classifier gives the same answers as the command") {
  const Classifier classifier(cli::model("tiny-alexnet"), {.threads = 2});
  const auto expected =
      cli::json_lines(cli::run({"classify", "--json", "-m", "tiny-alexnet", photo("cat.jpg")}).out)[0];
  const std::vector<Prediction> top = classifier.classify(photo("cat.jpg"), 5);
  REQUIRE(top.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& answer = expected["predictions"][i];
    CHECK(top[i].label == answer["label"]);
    CHECK(top[i].id == answer["id"]);
    CHECK(static_cast<double>(top[i].probability) ==
          doctest::Approx(answer["probability"].get<double>()).epsilon(1e-4));
  }
  CHECK(classifier.classify(photo("cat.jpg"), 1000).size() == 200);
}

TEST_CASE("file, bytes, pixels, range and any number of threads give the same probabilities") {
  const std::vector<std::string> photos{photo("cat.jpg"), photo("rocket.jpg"), photo("coffee.jpg")};
  std::vector<std::vector<float>> expected;
  for (const int threads : {1, 2, 3}) {
    const Classifier classifier(cli::model("tiny-alexnet"), {.threads = threads});
    std::vector<std::vector<float>> found;
    for (const std::string& file : photos)
      found.push_back(probabilities_of(classifier.classify(std::filesystem::path(file), 200)));
    const std::string bytes = cli::read_file(photos[0]);
    const std::span file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    CHECK(probabilities_of(classifier.classify(file, 200)) == found[0]);
    std::vector<std::vector<float>> of_range;
    classifier.classify_many(
        photos, [&](const Classified& one) { of_range.push_back(probabilities_of(one.predictions)); }, 200);
    CHECK(of_range == found);
    if (expected.empty()) expected = found;
    CHECK(found == expected);
  }
}

TEST_CASE("a range is answered in order, and a photo that fails has a reason") {
  const TempDir folder;
  const std::string broken = folder.write("broken.jpg", "no photo").string();
  std::vector<std::string> photos;
  for (int i = 0; i < 50; ++i)
    photos.push_back(i % 7 == 3 ? broken : photo(i % 2 == 0 ? "cat.jpg" : "rocket.jpg"));
  const Classifier classifier(cli::model("tiny-alexnet"), {.threads = 3});
  std::vector<std::string> seen;
  classifier.classify_many(photos, [&](const Classified& one) {
    seen.push_back(one.photo.string());
    CHECK(one.error.has_value() == (one.photo == broken));
    CHECK(one.predictions.empty() == one.error.has_value());
    if (one.error) CHECK(one.error->stage() == Stage::decode);
  });
  CHECK(seen == photos);
}

TEST_CASE("an exception from the receiver or the range ends the run and reaches the caller") {
  const Classifier classifier(cli::model("tiny-alexnet"));
  const std::vector<std::string> photos(100, photo("cat.jpg"));
  int received = 0;
  CHECK_THROWS_WITH_AS(classifier.classify_many(photos,
                                                [&](const Classified&) {
                                                  if (++received == 3) throw std::runtime_error("enough");
                                                }),
                       "enough", std::runtime_error);
  CHECK(received == 3);
  const auto range = std::views::iota(0, 100) | std::views::transform([&](int i) {
                       if (i == 20) throw std::runtime_error("the list ends");
                       return photo("cat.jpg");
                     });
  CHECK_THROWS_WITH_AS(classifier.classify_many(range, [](const Classified&) {}), "the list ends",
                       std::runtime_error);
}

TEST_CASE("several threads can share a classifier") {
  const Classifier classifier(cli::model("tiny-alexnet"), {.threads = 2});
  const std::vector<float> expected = probabilities_of(classifier.classify(photo("cat.jpg")));
  std::vector<std::vector<float>> found(4);
  std::vector<std::vector<float>> features(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < found.size(); ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 5; ++i) found[t] = probabilities_of(classifier.classify(photo("cat.jpg")));
        features[t] = classifier.features(photo("cat.jpg"), "conv2");
      });
  }
  for (std::size_t t = 0; t < found.size(); ++t) {
    CHECK(found[t] == expected);
    CHECK(features[t] == features[0]);
  }
}

TEST_CASE("features are the output of one layer, without the layers that are fused with it") {
  const Classifier classifier(cli::model("tiny-alexnet"));
  const auto& layers = classifier.network().layers();
  const auto conv = std::ranges::find(layers, "conv1", &Layer::name);
  REQUIRE(conv != layers.end());
  const std::vector<float> before = classifier.features(photo("cat.jpg"), "conv1");
  CHECK(before.size() == conv->out.count());
  CHECK(std::ranges::min(before) < 0.0F);
  std::vector<float> after = classifier.features(photo("cat.jpg"), (conv + 1)->name);
  REQUIRE(std::holds_alternative<Relu>((conv + 1)->params));
  for (std::size_t i = 0; i < after.size(); ++i) REQUIRE(after[i] == std::max(0.0F, before[i]));
  CHECK_THROWS_AS(classifier.features(photo("cat.jpg"), "conv99"), ModelError);
  CHECK(top_k(classifier.probabilities(image::load(photo("cat.jpg"))), 1)[0].index ==
        classifier.classify(photo("cat.jpg"))[0].index);
}

TEST_CASE("a classifier with ten crops averages them as the command does") {
  const Classifier classifier(cli::model("tiny-alexnet"), {.crops = 10});
  const auto expected = cli::json_lines(
      cli::run({"classify", "--json", "--crops", "10", "-m", "tiny-alexnet", photo("rocket.jpg")}).out)[0];
  const Prediction top = classifier.classify(photo("rocket.jpg"), 1)[0];
  CHECK(static_cast<double>(top.probability) ==
        doctest::Approx(expected["predictions"][0]["probability"].get<double>()).epsilon(1e-4));
}

TEST_CASE("a classifier reports missing labels and names the classes by index") {
  const TempDir folder;
  folder.write(
      "network.json",
      R"({"name": "bare", "source": "made", "licence": "none", "input": {"size": 8}, "weights": "w.json",
                   "layers": [{"name": "fc", "type": "fc", "output": 2},
                              {"name": "prob", "type": "softmax"}]})");
  std::string zeros = "0";
  for (int i = 1; i < 2 * 192; ++i) zeros += ",0";
  folder.write("w.json", R"({"fc.weight": {"shape": [2, 192], "data": [)" + zeros +
                             R"(]}, "fc.bias": {"shape": [2], "data": [0, 1]}})");
  const Classifier classifier(folder.path().string());
  CHECK(classifier.classify(photo("cat.jpg"), 1)[0].label == "class 1");
  CHECK(classifier.notes() ==
        std::vector<std::string>{"the model has no labels; its classes are named by index"});
  CHECK(Classifier(cli::model("tiny-alexnet")).notes().empty());
}

TEST_CASE("a classifier reports the fallback to the engine eigen") {
  const TempDir folder;
  // The engine `packed` refuses a padded convolution after Flatten.
  folder.write(
      "network.json",
      R"({"name": "wide", "source": "made", "licence": "none", "input": {"size": 2}, "weights": "w.json",
          "labels": "labels.txt", "layers": [
            {"name": "flat", "type": "flatten"},
            {"name": "wide", "type": "conv", "output": 1, "kernel": 1, "pad": 1, "bias": false},
            {"name": "narrow", "type": "conv", "output": 2, "kernel": 3},
            {"name": "prob", "type": "softmax"}]})");
  folder.write("labels.txt", "no\nyes\n");
  folder.write("w.json", R"({"wide.weight": {"shape": [1, 12, 1, 1], "data": [0,0,0,0,0,0,0,0,0,0,0,0]},
      "narrow.weight": {"shape": [2, 1, 3, 3], "data": [0,0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0,0]},
      "narrow.bias": {"shape": [2], "data": [0, 1]}})");
  const std::vector<std::string> note{"the engine is eigen, because packed does not support these layers"};
  const Classifier classifier(folder.path().string(), {.engine = EngineKind::packed});
  CHECK(classifier.network().engine_name() == "eigen");
  CHECK(classifier.network().notes() == note);
  CHECK(classifier.notes() == note);
  CHECK(classifier.classify(photo("cat.jpg"), 1)[0].label == "yes");
  CHECK(Classifier(folder.path().string(), {.engine = EngineKind::eigen}).notes().empty());
}

TEST_CASE("a classifier refuses unknown models, invalid options and missing photos") {
  CHECK_THROWS_AS(Classifier("no-such-model"), ModelError);
  CHECK_THROWS_AS(Classifier(cli::model("tiny-alexnet"), {.threads = -1}), UsageError);
  CHECK_THROWS_AS(Classifier(cli::model("tiny-alexnet"), {.crops = 5}), UsageError);
  const Classifier classifier(cli::model("tiny-alexnet"));
  CHECK_THROWS_AS(classifier.classify(std::filesystem::path("no such file")), ImageError);
}
