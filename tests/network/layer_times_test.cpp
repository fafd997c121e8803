#include "network/layer_times.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace alexnet;

namespace {

std::vector<Layer> layers() {
  std::vector<Layer> all{{"conv", Conv{.output = 2, .kernel = {1, 1}}, {1, 4, 4}, {2, 4, 4}},
                         {"relu", Relu(), {2, 4, 4}, {2, 4, 4}},
                         {"drop", Dropout(), {2, 4, 4}, {2, 4, 4}}};
  return all;
}

// A step of the convolution and its ReLU, and one of the dropout.
std::vector<Step> steps() {
  Step both{.first = 0, .last = 1, .method = "GEMM"};
  both.multiply_adds = 500'000;
  both.weight_bytes = 1'000'000;
  both.activation_bytes = 2'000'000;
  return {both, {.first = 2, .last = 2, .method = ""}};
}

}  // namespace

TEST_CASE("quartiles are interpolated, and are 0 without samples") {
  const Stats stats = stats_of({4.0, 1.0, 2.0, 3.0});
  CHECK(stats.min == 1.0);
  CHECK(stats.q1 == 1.75);
  CHECK(stats.median == 2.5);
  CHECK(stats.q3 == 3.25);
  CHECK(stats.max == 4.0);
  CHECK(stats_of(std::vector<double>()).max == 0.0);
}

TEST_CASE("the first layer of a step has its times, and the others refer to it") {
  const std::vector<LayerTime> times =
      layer_times(layers(), steps(), {{3, 3, 3, 3, 3}, {1, 1, 1, 1, 1}}, {.images = 2, .passes = 1});
  REQUIRE(times.size() == 3);
  CHECK(times[0].method == "GEMM");
  CHECK(times[0].share == 0.75);
  CHECK(times[0].gflops == doctest::Approx(2e6 * 1e-6 / 3));        // 2 images, 2 operations each
  CHECK(times[0].gbytes_per_s == doctest::Approx(5e6 * 1e-6 / 3));  // weights once
  CHECK(times[0].limit == Limit::none);                             // the peak is unknown
  CHECK(times[1].fused_into == "conv");
  CHECK(times[1].share == 0.0);
  CHECK(times[2].gbytes_per_s == 0.0);  // dropout moves no data
  CHECK(gemm_share(times) == 0.75);
}

TEST_CASE("the limit of a step is the larger of its two bounds") {
  const auto limit_of = [](double gflops, double gbytes_per_s) {
    const kernels::Peak peak{gflops, gbytes_per_s};
    return layer_times(layers(), steps(), {{3, 3, 3, 3, 3}, {}}, {.peak = peak})[0];
  };
  const LayerTime arithmetic = limit_of(1.0, 100.0);
  CHECK(arithmetic.limit == Limit::arithmetic);
  CHECK(arithmetic.limit_ms == doctest::Approx(1.0));
  CHECK(arithmetic.reached() == doctest::Approx(1.0 / 3));
  const LayerTime memory = limit_of(100.0, 2.0);
  CHECK(memory.limit == Limit::memory);
  CHECK(memory.limit_ms == doctest::Approx(1.5));
  CHECK(limit_of(1.0, 100.0).ms.median == 3.0);
}

TEST_CASE("a kind of layer counts as fused only if all its layers run in steps of other layers") {
  std::vector<LayerTime> times =
      layer_times(layers(), steps(), {{3, 3, 3, 3, 3}, {1, 1, 1, 1, 1}}, Measured());
  std::vector<KindTime> kinds = sums_by_kind(times);
  REQUIRE(kinds.size() == 3);
  CHECK(kinds[0].kind == "conv");
  CHECK(kinds[0].ms == 3.0);
  CHECK(!kinds[0].fused);
  const auto relu = [&] { return *std::ranges::find(kinds, "relu", &KindTime::kind); };
  CHECK(relu().fused);
  times.push_back(times[1]);
  times.back().fused_into = "";
  kinds = sums_by_kind(times);
  CHECK(!relu().fused);
}
