// alexnet time: the content of the reports. Times are not compared with each other, because the machine's
// speed may vary.
#include <doctest/doctest.h>

#include <cmath>

#include "timing.hpp"

using namespace alexnet::cli;
using nlohmann::json;

TEST_CASE("time shows every layer, the kinds of layers and the share of the multiplications") {
  const std::string text = timed({"--engine", "eigen"}).out;
  for (const std::string& layer : kLayers) CHECK(contains(text, "\n" + layer + " "));
  for (const char* part :
       {"tiny-alexnet, engine eigen, threads ", ", batch 1, runs 2\n", "m x k x n", "128 x 1600 x 1024",
        "\nmax_pool ", "\nconv + fc: ", "\nplain pass ", "\nprofiled pass ", "\nfirst pass ", "\nload ",
        "\nlimits, measured: ", " GFLOP/s of float32 arithmetic, ", " GB/s of memory read\n\n",
        "  im2col + GEMM  ", "  arithmetic  ", "  memory  ", "\nlimits  ", " % reached\n"})
    CHECK(contains(text, part));
  CHECK(!contains(text, "\ndecode "));
}

TEST_CASE("time --json has the documented members") {
  const json report = timed_json({"--engine", "eigen"});
  CHECK(keys(report) == with_keys(kEngineKeys, kRunKeys));
  CHECK(report.at("peak_gflops") > 0.0);
  CHECK(report.at("peak_gbytes_per_s") > 0.0);
  CHECK(report.at("machine").at("gflops").at("max") == report.at("peak_gflops"));
  CHECK(report.at("machine").at("gbytes_per_s").at("max") == report.at("peak_gbytes_per_s"));
  for (const json& speed : report.at("machine")) CHECK(keys(speed) == kStatsKeys);
  CHECK(report.at("model") == "tiny-alexnet");
  CHECK(report.at("engine") == "eigen");
  CHECK(report.at("runs") == 2);
  CHECK(report.at("warmup") == 1);
  CHECK(report.at("batch") == 1);
  CHECK(report.at("date").get<std::string>().size() == std::string("2026-11-21T16:55:01Z").size());
  CHECK(report.at("cpu") != "");
  CHECK(keys(report.at("versions")) == std::set<std::string>{"alexnet", "eigen", "opencv"});
  CHECK(report.at("report_ms") >= 0.0);
  CHECK(report.at("decode_ms").is_null());
  CHECK(report.at("preprocess_ms").is_null());
  for (const char* pass : {"plain_ms", "profiled_ms"}) {
    CHECK(keys(report[pass]) == kStatsKeys);
    CHECK(report[pass].at("min") <= report[pass].at("median"));
    CHECK(report[pass].at("median") <= report[pass].at("max"));
  }
  REQUIRE(report.at("layers").size() == kLayers.size());
  double shares = 0.0;
  double gemm = 0.0;
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const json& layer = report.at("layers")[i];
    CAPTURE(layer.dump());
    CHECK(layer.at("name") == kLayers[i]);
    CHECK(keys(layer) == kLayerKeys);
    CHECK(layer.at("fused_into").is_null());
    CHECK(keys(layer.at("ms")) == kStatsKeys);
    const bool multiplies = layer.at("type") == "conv" || layer.at("type") == "fc";
    CHECK(layer.at("m").is_null() == !multiplies);
    CHECK(layer.at("gflops").is_null() == !multiplies);
    CHECK(layer.at("method").is_null() == !multiplies);
    check_limit(layer, report);
    if (multiplies) gemm += layer.at("share").get<double>();
    shares += layer.at("share").get<double>();
    if (i > 0) CHECK(layer.at("in") == report.at("layers")[i - 1].at("out"));
  }
  CHECK(std::abs(shares - 1.0) < 1e-6);
  CHECK(std::abs(gemm - report.at("gemm_share").get<double>()) < 1e-6);
}

TEST_CASE("time --json contains the sizes of each multiplication") {
  const json layers = timed_json({"--batch", "3", "-m", "alexnet", "--random-weights", "1"}).at("layers");
  const auto size = [&](const char* name) {
    for (const json& layer : layers)
      if (layer.at("name") == name)
        return json{layer.at("m"), layer.at("k"), layer.at("n"), layer.at("gemms")};
    return json();
  };
  CHECK(size("conv1") == json{96, 363, 3025, 3});
  CHECK(size("conv2") == json{128, 1200, 729, 6});  // two groups
  CHECK(size("fc6") == json{4096, 9216, 3, 1});
}

TEST_CASE("time --csv has a row for each layer") {
  const auto rows = csv_rows(timed({"--csv", "--engine", "eigen"}).out);
  REQUIRE(rows.size() == kLayers.size() + 1);
  CHECK(rows.at(0) == std::vector<std::string>{"name", "type", "in", "out", "m", "k", "n", "gemms", "min_ms",
                                               "median_ms", "share", "gflops", "gbytes_per_s", "engine",
                                               "fused_into", "method", "limit", "reached", "ratio"});
  double shares = 0.0;
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    REQUIRE(rows[i + 1].size() == rows.at(0).size());
    CHECK(rows[i + 1][0] == kLayers[i]);
    CHECK(rows[i + 1][13] == "eigen");
    CHECK(rows[i + 1][18] == "");
    shares += std::stod(rows[i + 1][10]);
  }
  CHECK(std::abs(shares - 1.0) < 1e-6);
  CHECK(rows.at(1) == with({"conv1", "conv", "3 x 64 x 64", "64 x 64 x 64", "64", "75", "4096", "1"},
                           {rows.at(1).begin() + 8, rows.at(1).end()}));
}

TEST_CASE("time reports the values of --threads and --batch") {
  const json report = timed_json({"--threads", "1", "--batch", "4"});
  CHECK(report.at("threads") == 1);
  CHECK(report.at("batch") == 4);
  CHECK(contains(timed({"--batch", "4"}).out, " images/s"));
}

TEST_CASE("time of a photo shows the time of reading it") {
  const json report = timed_json({photo("cat.png")});
  CHECK(report.at("decode_ms").get<double>() > 0.0);
  CHECK(report.at("preprocess_ms").get<double>() > 0.0);
  const std::string text = timed({photo("cat.png")}).out;
  CHECK(contains(text, "\ndecode "));
  CHECK(contains(text, "\npreprocess "));
}

TEST_CASE("time names a photo that cannot be read, with the reason") {
  const Result result = run({"time", photo("none.jpg")});
  CHECK(result.status == 1);
  CHECK(result.out == "");
  CHECK(result.err == "alexnet: " + photo("none.jpg") + ": read: No such file or directory\n");
}

TEST_CASE("time needs no weights if they are random") {
  const std::vector<std::string> once{"time", "-m", "alexnet", "-n", "1", "--warmup", "0"};
  Result result = run(with(once, {"--random-weights", "7"}));
  CHECK(result.status == 0);
  CHECK(contains(result.out, "alexnet, random weights, engine"));
  CHECK(contains(result.out, "\nnorm1 "));
  result = run(once);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(contains(result.err, "network.json: weights: the model has no weights"));
}

TEST_CASE("time accepts only 64-bit seeds") {
  const auto status = [](const std::string& seed) {
    return run({"time", "-m", "tiny-alexnet", "-n", "1", "--warmup", "0", "--random-weights", seed}).status;
  };
  CHECK(status("0") == 0);
  CHECK(status("18446744073709551615") == 0);
  CHECK(status("18446744073709551616") == 2);
  CHECK(status("-1") == 2);
  CHECK(status("seed") == 2);
}
