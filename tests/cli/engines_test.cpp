// --engine and --conv, and the output of time for two engines. Times are compared only through reported
// values.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "engine/engine.hpp"
#include "timing.hpp"

using namespace alexnet::cli;
using nlohmann::json;

TEST_CASE("a layer that is fused into another layer's step has no time of its own") {
  const std::string text = timed({"--engine", "packed"}).out;
  const std::string relu1 = text.substr(text.find("\nrelu1 ") + 1);
  CHECK(relu1.substr(0, relu1.find('\n')).ends_with("  in conv1"));
  const std::string relus = text.substr(text.find("\nrelu  ") + 1);
  CHECK(relus.substr(0, relus.find('\n')).ends_with("  fused"));
}

TEST_CASE("batch --time counts the weights once per pass") {
  // Returns the gigabytes that fc6 reads and writes: ms x GB/s / 1000.
  const auto gbytes = [](const std::string& batch_size) {
    const std::string err =
        run({"batch", photo("cat.png"), photo("coffee.jpg"), photo("cat.jpg"), photo("rocket.jpg"), "--time",
             "--engine", "eigen", "--batch-size", batch_size})
            .err;
    const std::size_t at = err.find(" GEMM ", err.find("\nfc6 "));
    REQUIRE(at != std::string::npos);
    std::istringstream row(err.substr(at + 6, err.find('\n', at) - at - 6));
    std::vector<std::string> words;  // ms, share, %, a bar, GFLOP/s, GB/s
    for (std::string word; row >> word;) words.push_back(word);
    return std::stod(words.front()) * std::stod(words.back()) / 1000;
  };
  constexpr double kWeights = 4e-9 * (12288 * 384 + 384);
  constexpr double kActivations = 4e-9 * 4 * (12288 + 384);
  CHECK(gbytes("1") == doctest::Approx(4 * kWeights + kActivations).epsilon(0.02));
  CHECK(gbytes("4") == doctest::Approx(kWeights + kActivations).epsilon(0.02));
}

TEST_CASE("time compares two engines layer by layer") {
  const std::string text = timed({"--engine", "eigen,packed"}).out;
  for (const std::string& layer : kLayers) CHECK(contains(text, "\n" + layer + " "));
  for (const char* part :
       {"tiny-alexnet, engines eigen and packed, threads ", ", batch 1, runs 2\nlimits, measured: ",
        "\nlayer  type      m x k x n          eigen ", "  reached  packed ", "  eigen / packed\n",
        "  im2col + GEMM  ", "\nsum  ", "\neigen / packed: if an engine runs several layers",
        "\n               eigen ms  packed ms  eigen / packed\nplain pass ", "\nprofiled pass ",
        "\nfirst pass ", "\nload ", "\nlimits "})
    CHECK(contains(text, part));
  // A ReLU that is fused into its convolution has no time of its own.
  const std::string relu1 = text.substr(text.find("\nrelu1 ") + 1);
  CHECK(relu1.substr(0, relu1.find('\n')).ends_with("  in conv1"));
  CHECK(!contains(text, "images/s"));
  CHECK(contains(timed({"--engine", "packed,eigen", "--batch", "2"}).out, "\nimages/s "));
  for (const std::string& line :
       lines(timed({"--engine", "eigen,packed", "-m", "alexnet", "--random-weights"}).out))
    CHECK(line.size() <= 150);
}

TEST_CASE("time --json compares the same layers of two engines") {
  const json report = timed_json({"--engine", "eigen,packed", "--batch", "2"});
  CHECK(keys(report) == with_keys(kRunKeys, {"comparison", "engines"}));
  REQUIRE(report.at("engines").size() == 2);
  std::vector<double> sums;
  for (const json& engine : report.at("engines")) {
    CHECK(keys(engine) == kEngineKeys);
    REQUIRE(engine.at("layers").size() == kLayers.size());
    double sum = 0.0;
    std::string leader;
    for (const json& layer : engine.at("layers")) {
      CAPTURE(layer.dump());
      CHECK(keys(layer) == kLayerKeys);
      sum += layer.at("ms").at("median").get<double>();
      if (layer.at("fused_into").is_null()) {
        leader = layer.at("name");
        check_limit(layer, report);
      } else {
        CHECK(layer.at("fused_into") == leader);
        CHECK(layer.at("ms").at("median") == 0.0);
        CHECK(layer.at("limit").is_null());
      }
    }
    sums.push_back(sum);
  }
  CHECK(report.at("engines")[0].at("engine") == "eigen");
  CHECK(report.at("engines")[1].at("engine") == "packed");
  CHECK(report.at("engines")[1].at("layers")[1].at("fused_into") == "conv1");

  const json& comparison = report.at("comparison");
  CHECK(comparison.at("engines") == json{"eigen", "packed"});
  const auto plain = [&](std::size_t i) {
    return report.at("engines")[i].at("plain_ms").at("median").get<double>();
  };
  CHECK(comparison.at("ratio").get<double>() == doctest::Approx(plain(0) / plain(1)));
  std::vector<std::string> names;
  for (const json& block : comparison.at("layers")) {
    CAPTURE(block.dump());
    for (std::size_t i = 0; i < 2; ++i) {  // the time of a block is the sum of its layers
      double ms = 0.0;
      for (std::size_t l = 0; l < block.at("layers").size(); ++l)
        ms += report.at("engines")[i].at("layers")[names.size() + l].at("ms").at("median").get<double>();
      CHECK(block.at("ms")[i].get<double>() == doctest::Approx(ms));
      sums[i] -= ms;
    }
    if (!block.at("ratio").is_null())
      CHECK(block.at("ratio").get<double>() ==
            doctest::Approx(block.at("ms")[0].get<double>() / block.at("ms")[1].get<double>()));
    for (const json& name : block.at("layers")) names.push_back(name);
  }
  CHECK(names == kLayers);
  CHECK(comparison.at("layers")[0].at("layers") == json{"conv1", "relu1"});
  for (const double rest : sums) CHECK(std::abs(rest) < 1e-9);
}

TEST_CASE("time --csv of two engines has a row for each engine and layer") {
  const auto rows = csv_rows(timed({"--csv", "--engine", "eigen,packed"}).out);
  REQUIRE(rows.size() == 2 * kLayers.size() + 1);
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const auto& eigen = rows[1 + i];
    const auto& packed = rows[1 + i + kLayers.size()];
    CHECK(eigen[0] == kLayers[i]);
    CHECK(packed[0] == kLayers[i]);
    CHECK(eigen[13] == "eigen");
    CHECK(packed[13] == "packed");
    CHECK(eigen[18] == "");
  }
  const auto& conv1 = rows[1 + kLayers.size()];
  const auto& relu1 = rows[2 + kLayers.size()];
  CHECK(relu1[14] == "conv1");
  CHECK(relu1[18] == "");
  CHECK(std::stod(conv1[18]) ==
        doctest::Approx((std::stod(rows[1][9]) + std::stod(rows[2][9])) / std::stod(conv1[9])));
}

TEST_CASE("every command that runs a network accepts --engine and refuses unknown engines") {
  const auto answer = [](const std::vector<std::string>& options) {
    const Result result = run(with({"batch", "--json", "-k", "1", photo("cat.png")}, options));
    CHECK(result.status == 0);
    return json::parse(result.out).at("predictions").at(0);
  };
  const json eigen = answer({"--engine", "eigen"});
  for (const char* conv : {"auto", "gemm", "winograd"}) {
    CAPTURE(conv);
    const json packed = answer({"--engine", "packed", "--conv", conv});
    CHECK(packed.at("label") == eigen.at("label"));
    CHECK(packed.at("probability").get<double>() ==
          doctest::Approx(eigen.at("probability").get<double>()).epsilon(1e-3));
    CHECK(run({"classify", "-k", "1", "--engine", "packed", "--conv", conv, photo("cat.png")}).out ==
          run({"classify", "-k", "1", "--engine", "eigen", photo("cat.png")}).out);
    CHECK(timed_json({"--engine", "packed", "--conv", conv}).at("engine") == "packed");
  }
  for (const char* command : {"classify", "batch", "time"}) {
    for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
             {"--engine", "eigne", "--engine: unknown engine '"},
             {"--engine", "", "--engine: unknown engine '"},
             {"--engine", "eigen,", "--engine: unknown engine '"},
             {"--engine", "packed,packed", ""},
             {"--conv", "fft", "--conv: unknown convolution method 'fft'"}}) {
      CAPTURE(wrong[1]);
      const Result result = run({command, photo("cat.png"), wrong[0], wrong[1]});
      CHECK(result.status == 2);
      CHECK(result.out == "");
      CHECK(result.err.starts_with("alexnet: " + wrong[2]));
    }
  }
  CHECK(run({"classify", "--engine", "eigen,packed", photo("cat.png")}).status == 2);
}

TEST_CASE("the default engine suits this CPU") {
  const std::string name = alexnet::default_engine() == alexnet::EngineKind::packed ? "packed" : "eigen";
  CHECK(timed_json({}).at("engine") == name);
}
