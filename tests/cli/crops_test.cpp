// --crops 10 compared with ten calls, one for each crop cut in advance.
#include <doctest/doctest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "alexnet/image.hpp"
#include "command.hpp"
#include "image/resize.hpp"
#include "reference.hpp"
#include "weights/weights.hpp"

using namespace alexnet;
using namespace alexnet::cli;
using nlohmann::json;

namespace {

// Floating-point operations of tiny-alexnet's first convolution for one image.
constexpr double kConv1Flop = 2.0 * 64 * 75 * 4096;

// Writes the ten crops of size x size to files. They have the input size of the network, so nothing is
// resized.
std::vector<std::string> write_crops(const TemporaryFolder& folder, const image::Image& whole, int size) {
  const int right = whole.width - size;
  const int bottom = whole.height - size;
  // Python's round((side - size) / 2).
  const int x = static_cast<int>(std::nearbyint(right / 2.0));
  const int y = static_cast<int>(std::nearbyint(bottom / 2.0));
  std::vector<std::string> files;
  for (const bool mirrored : {false, true}) {
    for (const auto& [left, top] : {std::pair{0, 0}, {right, 0}, {0, bottom}, {right, bottom}, {x, y}}) {
      image::Image crop{size, size, {}};
      for (int row = top; row < top + size; ++row) {
        for (int column = left; column < left + size; ++column) {
          const int from = row * whole.width + (mirrored ? whole.width - 1 - column : column);
          for (std::size_t c = 0; c < 3; ++c)
            crop.rgb.push_back(whole.rgb[static_cast<std::size_t>(from) * 3 + c]);
        }
      }
      files.push_back(folder.path("crop" + std::to_string(files.size()) + ".png"));
      image::save_png(files.back(), crop);
    }
  }
  return files;
}

// Returns the probabilities by class.
std::vector<double> probabilities(const json& record) {
  const json& predictions = record.at("predictions");
  std::vector<double> all(predictions.size());
  for (const json& p : predictions) all.at(p.at("index")) = p.at("probability");
  return all;
}

std::vector<json> classified_by(const std::string& model, const std::vector<std::string>& more) {
  std::vector<std::string> args{"classify", "--json", "-m", model, "-k", "1000"};
  args.insert(args.end(), more.begin(), more.end());
  const Result result = run(args);
  CHECK(result.err == "");
  REQUIRE(result.status == 0);
  return json_lines(result.out);
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

// Checks that ten crops of the photo give the mean of the crops' probabilities and reach the network
// unchanged. A layer sums ten images in another order than one image, hence the tolerance.
void check_ten_crops(const TemporaryFolder& folder, const std::string& model, const std::string& file,
                     const std::vector<std::string>& crops, int size) {
  const json ten = classified_by(model, {file, "--exact-decode", "--crops", "10"}).at(0);
  CHECK(ten.at("crops") == 10);
  const std::vector<json> singles = classified_by(model, crops);
  REQUIRE(singles.size() == 10);
  std::vector<double> mean(probabilities(ten).size());
  for (const json& single : singles) {
    const std::vector<double> own = probabilities(single);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += own.at(i) / 10;
    CHECK(largest_difference(own, probabilities(ten)) > 1e-3);  // no single crop already gives the result
  }
  CHECK(largest_difference(mean, probabilities(ten)) < 1e-6);

  const std::string dump = folder.path("dump.safetensors");
  classified_by(model, {file, "--exact-decode", "--crops", "10", "--dump-input", dump});
  const auto whole = open_weights(dump);
  REQUIRE(whole->shapes() == std::map<std::string, Dims>{{"input", {10, 3, size, size}}});
  const auto all = whole->fetch({"input", {10, 3, size, size}});
  for (std::size_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    const std::string one = folder.path("one.safetensors");
    classified_by(model, {crops[i], "--dump-input", one});
    const auto weights = open_weights(one);
    const auto own = weights->fetch({"input", {1, 3, size, size}});
    CHECK(std::ranges::equal(own, all.subspan(i * own.size(), own.size())));
  }
}

// Writes a model with synthetic weights, 3 x 227 x 227 with the preset caffe, five classes.
std::string write_caffe_model(const TemporaryFolder& folder) {
  folder.write(
      "small/network.json",
      R"({"name": "small", "input": {"preset": "caffe"}, "weights": "weights.safetensors", "layers": [
                   {"name": "conv1", "type": "conv", "output": 4, "kernel": 11, "stride": 16},
                   {"name": "relu1", "type": "relu"},
                   {"name": "fc2", "type": "fc", "output": 5},
                   {"name": "prob", "type": "softmax"}]})");
  const auto scaled = [](std::size_t count, float scale) {
    reference::Values values = reference::noise(count, count);
    for (float& value : values) value *= scale;
    return values;
  };
  constexpr std::size_t kConv = std::size_t{4} * 3 * 11 * 11;
  constexpr std::size_t kFc = std::size_t{5} * 4 * 14 * 14;
  const reference::Values conv = scaled(kConv, 0.01F), conv_bias = scaled(4, 0.1F), fc = scaled(kFc, 0.02F),
                          fc_bias = scaled(5, 0.1F);
  save_safetensors(folder.path("small/weights.safetensors"), {{"conv1.weight", {4, 3, 11, 11}, conv},
                                                              {"conv1.bias", {4}, conv_bias},
                                                              {"fc2.weight", {5, 784}, fc},
                                                              {"fc2.bias", {5}, fc_bias}});
  return folder.path("small");
}

}  // namespace

TEST_CASE("ten crops give the mean of their probabilities") {
  const TemporaryFolder folder;
  // 640 x 427 becomes 95 x 64. The margin is 31 columns, so the mirrored centre crop is not the mirror of the
  // centre crop.
  const image::Image whole = image::resize_pillow(image::load(photo("rocket.jpg")), 95, 64, {0, 0, 95, 64});
  check_ten_crops(folder, "tiny-alexnet", photo("rocket.jpg"), write_crops(folder, whole, 64), 64);
}

TEST_CASE("ten crops with the preset caffe are taken from 256 x 256 pixels") {
  const TemporaryFolder folder;
  image::Image cat = image::load(photo("cat.png"));
  image::Image whole{256, 256, std::vector<std::uint8_t>(std::size_t{256} * 256 * 3)};
  cv::Mat to(256, 256, CV_8UC3, whole.rgb.data());
  cv::resize(cv::Mat(cat.height, cat.width, CV_8UC3, cat.rgb.data()), to, {256, 256}, 0, 0, cv::INTER_LINEAR);
  check_ten_crops(folder, write_caffe_model(folder), photo("cat.png"), write_crops(folder, whole, 227), 227);
}

TEST_CASE("batch with ten crops gives the same answers as classify for every batch size") {
  const std::vector<std::string> files{fixture("upright.png"), photo("cat.png"), fixture("12bit.jpg"),
                                       photo("rocket.jpg"), photo("coffee.jpg")};
  std::vector<std::string> classify{"classify", "--json", "--crops", "10"};
  classify.insert(classify.end(), files.begin(), files.end());
  const std::vector<json> expected = json_lines(run(classify).out);
  for (const char* size : {"1", "16", "25", "4096"}) {
    CAPTURE(size);
    std::vector<std::string> batch{"batch", "--json", "--crops", "10", "--batch-size", size};
    batch.insert(batch.end(), files.begin(), files.end());
    const Result result = run(batch);
    CHECK(result.status == 1);
    CHECK(contains(result.err, "5 images, 1 failed"));
    const std::vector<json> records = json_lines(result.out);
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      CAPTURE(i);
      CHECK(records[i].at("path") == files[i]);
      REQUIRE(records[i].contains("reason") == (i == 2));
      if (i == 2) {
        CHECK(records[i] == expected[i]);
        continue;
      }
      CHECK(records[i].at("crops") == 10);
      const json& found = records[i].at("predictions");
      const json& wanted = expected[i].at("predictions");
      REQUIRE(found.size() == wanted.size());
      for (std::size_t rank = 0; rank < found.size(); ++rank) {
        CHECK(found[rank].at("index") == wanted[rank].at("index"));
        CHECK(std::abs(found[rank].at("probability").get<double>() -
                       wanted[rank].at("probability").get<double>()) < 1e-6);
      }
    }
  }
}

TEST_CASE("one crop is the default, and then no record contains the number of crops") {
  for (const char* format : {"jsonl", "csv", "text"}) {
    const std::vector<std::string> args{"batch", "--format", format, photo("cat.png"), photo("coffee.jpg")};
    std::vector<std::string> one = args;
    one.insert(one.end(), {"--crops", "1"});
    const std::string answer = run(args).out;
    CHECK(run(one).out == answer);
    CHECK(!contains(answer, "\"crops\""));
  }
  CHECK(!classified_by("tiny-alexnet", {photo("cat.png"), "--crops", "1"}).at(0).contains("crops"));
}

TEST_CASE("classify --time reports the layers' times of a pass over ten crops") {
  const auto layer = [](const std::vector<std::string>& more, std::size_t index) {
    std::vector<std::string> args{photo("cat.png"), "--time", "--engine", "eigen"};
    args.insert(args.end(), more.begin(), more.end());
    return classified_by("tiny-alexnet", args).at(0).at("layers").at(index);
  };
  CHECK(layer({}, 0).at("gemms") == 1);
  const json conv1 = layer({"--crops", "10"}, 0);
  CHECK(conv1.at("gemms") == 10);
  const double ms = conv1.at("ms").at("median");
  CHECK(conv1.at("gflops").get<double>() * ms == doctest::Approx(10 * kConv1Flop * 1e-6));
  CHECK(layer({"--crops", "10"}, 14).at("n") == 10);  // fc6
  CHECK(contains(run({"classify", photo("cat.png"), "--time", "--crops", "10"}).out,
                 "the ten crops in one pass, batch 10\nlayer "));
  CHECK(!contains(run({"classify", photo("cat.png"), "--time"}).out, "batch"));
}

TEST_CASE("batch --time counts the work on every crop") {
  const Result result =
      run({"batch", photo("cat.png"), photo("coffee.jpg"), "--time", "--crops", "10", "--engine", "eigen"});
  CHECK(contains(result.err, "summed over the images, ten crops each; m x k x n is of one crop\nlayer "));
  const std::string method = "im2col + GEMM ";
  const std::size_t at = result.err.find(method, result.err.find(" 64 x 75 x 4096 "));
  REQUIRE(at != std::string::npos);
  std::istringstream row(
      result.err.substr(at + method.size(), result.err.find('\n', at) - at - method.size()));
  std::vector<std::string> words;  // ms, share, %, a bar, GFLOP/s, GB/s
  for (std::string word; row >> word;) words.push_back(word);
  REQUIRE(words.size() >= 5);
  // Both values have three digits.
  CHECK(std::stod(words.front()) * std::stod(words[words.size() - 2]) ==
        doctest::Approx(20 * kConv1Flop * 1e-6).epsilon(0.02));
}

TEST_CASE("other numbers of crops, and ten crops in one picture, are refused") {
  for (const char* command : {"classify", "batch"}) {
    for (const char* count : {"3", "0", "-10", "ten", "1e1", ""}) {
      CAPTURE(count);
      const Result result = run({command, photo("cat.png"), "--crops", count});
      CHECK(result.status == 2);
      CHECK(result.out == "");
      CHECK(result.err.starts_with("alexnet: --crops: "));
    }
    const std::string help = run({command, "--help"}).out;
    CHECK(contains(help, "--crops N "));
    CHECK(contains(help, "256/227"));
  }
  const Result result = run({"classify", photo("cat.png"), "--crops", "10", "--dump-input", "x.png"});
  CHECK(result.status == 2);
  CHECK(lines(result.err).at(0) ==
        "alexnet: --dump-input: a .png file holds one crop, not 10; name a .safetensors file");
}
