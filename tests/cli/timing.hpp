// Helpers for the tests of alexnet time.
#pragma once

#include <doctest/doctest.h>

#include <set>

#include "command.hpp"

namespace alexnet::cli {

using nlohmann::json;

inline const std::vector<std::string> kLayers{"conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3",
                                              "relu3", "conv4", "relu4", "conv5", "relu5", "pool5", "drop6",
                                              "fc6",   "relu6", "drop7", "fc7",   "relu7", "fc8",   "prob"};

inline Result timed(const std::vector<std::string>& options) {
  const Result result = run(with({"time", "-n", "2", "--warmup", "1"}, options));
  CHECK(result.status == 0);
  CHECK(result.err == "");
  return result;
}

inline json timed_json(const std::vector<std::string>& options) {
  return json::parse(timed(with({"--json"}, options)).out);
}

inline std::set<std::string> keys(const json& object) {
  std::set<std::string> all;
  for (const auto& [key, value] : object.items()) all.insert(key);
  return all;
}

inline std::set<std::string> with_keys(std::set<std::string> keys, const std::set<std::string>& more) {
  keys.insert(more.begin(), more.end());
  return keys;
}

inline const std::set<std::string> kRunKeys{
    "model",       "random_weights",    "weights", "conv",      "date",          "cpu",
    "cpu_level",   "versions",          "threads", "batch",     "runs",          "warmup",
    "peak_gflops", "peak_gbytes_per_s", "machine", "decode_ms", "preprocess_ms", "report_ms"};
inline const std::set<std::string> kEngineKeys{"engine",  "plain_ms", "profiled_ms", "cold_ms",
                                               "load_ms", "limit_ms", "gemm_share",  "layers"};
inline const std::set<std::string> kLayerKeys{
    "name", "type",  "in",     "out",          "m",     "k",        "n",      "gemms", "fused_into", "method",
    "ms",   "share", "gflops", "gbytes_per_s", "limit", "limit_ms", "reached"};
inline const std::set<std::string> kStatsKeys{"min", "q1", "median", "q3", "max"};

// Checks that the limit of a layer is the larger of its shares of peak arithmetic and peak memory speed, and
// that "reached" is that share.
inline void check_limit(const json& layer, const json& report) {
  if (layer.at("limit").is_null()) {
    CHECK(layer.at("reached").is_null());
    CHECK(layer.at("gbytes_per_s") == 0.0);
    return;
  }
  const double arithmetic = layer.at("gflops").is_null()
                                ? 0.0
                                : layer.at("gflops").get<double>() / report.at("peak_gflops").get<double>();
  const double memory = layer.at("gbytes_per_s").get<double>() / report.at("peak_gbytes_per_s").get<double>();
  CHECK(layer.at("limit") == (arithmetic > memory ? "arithmetic" : "memory"));
  CHECK(layer.at("reached").get<double>() == doctest::Approx(std::max(arithmetic, memory)));
}

}  // namespace alexnet::cli
