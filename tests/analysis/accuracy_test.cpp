#include "alexnet/analysis.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace alexnet;
using doctest::Approx;

namespace {

using Answers = std::vector<Prediction>;

Answers answer(std::size_t index, float probability = 0.5F) { return {{index, probability}}; }

Answers failure() { return {}; }

Evaluation evaluate(const std::vector<Answers>& answers, const std::vector<std::size_t>& truth,
                    std::size_t classes) {
  Evaluation all(classes);
  for (std::size_t i = 0; i < truth.size(); ++i) all.add(truth[i], answers[i]);
  return all;
}

}  // namespace

TEST_CASE("Wilson's interval of 8 of 10 is 0.4902 to 0.9433") {
  const ConfidenceInterval i = wilson({8, 10});
  CHECK(i.low == Approx(0.49016).epsilon(1e-4));
  CHECK(i.high == Approx(0.94332).epsilon(1e-4));
  // Wilson's interval is symmetric.
  CHECK(wilson({2, 10}).low == Approx(1 - i.high));
  CHECK(wilson({2, 10}).high == Approx(1 - i.low));
}

TEST_CASE("Wilson's interval stays within [0, 1] and is [0, 1] without observations") {
  CHECK(wilson({0, 10}).low == 0.0);
  CHECK(wilson({0, 10}).high == Approx(0.27753).epsilon(1e-4));  // z^2 / (n + z^2)
  CHECK(wilson({10, 10}).low == Approx(1 - 0.27753).epsilon(1e-4));
  CHECK(wilson({10, 10}).high == 1.0);
  CHECK(wilson({0, 0}).low == 0.0);
  CHECK(wilson({0, 0}).high == 1.0);
}

TEST_CASE("an accuracy counts answers by rank, class and cell, and excludes failed images") {
  const std::vector<Answers> records{
      answer(0),                                                        // right
      Answers{{1, 0.4F}, {2, 0.3F}, {3, 0.1F}, {4, 0.1F}, {0, 0.05F}},  // the right class is fifth
      answer(1),                                                        // wrong
      failure(),
      answer(1),  // right
      answer(1),  // wrong
  };
  const std::vector<std::size_t> truth{0, 0, 0, 0, 1, 2};
  const Evaluation e = evaluate(records, truth, 5);
  CHECK(e.top1 == Proportion{2, 5});
  CHECK(e.top5 == Proportion{3, 5});
  CHECK(e.failures == 1);
  REQUIRE(e.classes.size() == 5);
  CHECK(e.classes[0].top1 == Proportion{1, 3});
  CHECK(e.classes[0].top5 == Proportion{2, 3});
  CHECK(e.classes[1].top1 == Proportion{1, 1});
  CHECK(e.classes[2].top1 == Proportion{0, 1});
  CHECK(e.classes[4].top1 == Proportion{0, 0});
  CHECK(e.confusion() == std::vector<ConfusionCell>{{0, 0, 1}, {0, 1, 2}, {1, 1, 1}, {2, 1, 1}});
  CHECK(e.confused() == std::vector<ConfusionCell>{{0, 1, 2}, {2, 1, 1}});
}

TEST_CASE("classes that are confused equally often are sorted by index") {
  const std::vector<Answers> records{answer(2), answer(0), answer(1), answer(1)};
  const std::vector<std::size_t> truth{0, 1, 2, 2};
  CHECK(evaluate(records, truth, 3).confused() ==
        std::vector<ConfusionCell>{{2, 1, 2}, {0, 2, 1}, {1, 0, 1}});
}

TEST_CASE("the calibration error is the mean distance between probability and accuracy") {
  // Two in the last bin, one of them right: |1.92 - 1|. Two at 0.5, one of them right: |1 - 1|.
  std::vector<Answers> records{answer(0, 0.95F), answer(1, 0.97F), answer(0, 0.5F), answer(1, 0.5F)};
  std::vector<std::size_t> truth{0, 0, 0, 0};
  CHECK(evaluate(records, truth, 2).calibration_error() == Approx(0.92 / 4));
  // Both ends have bins of their own: probability 1 and wrong, 1 and right, 0 and right.
  records = {answer(1, 1.0F), answer(0, 1.0F), answer(0, 0.0F)};
  truth = {0, 0, 0};
  const Evaluation ends = evaluate(records, truth, 2);
  CHECK(ends.calibration_error() == Approx((1.0 + 1.0) / 3));
  CHECK(ends.bins.front().images == 1);
  CHECK(ends.bins.back().images == 2);
  CHECK(evaluate({}, {}, 2).calibration_error() == 0.0);
}

TEST_CASE("bin i of the calibration holds the probabilities above i / 15 and up to (i + 1) / 15") {
  std::vector<Answers> records;
  for (const float p : {0.06F, 0.07F, 0.59F, 0.61F, 0.93F, 0.94F}) records.push_back(answer(0, p));
  const Evaluation e = evaluate(records, std::vector<std::size_t>(records.size()), 2);
  std::vector<std::size_t> images;
  for (const CalibrationBin& bin : e.bins) images.push_back(bin.images);
  CHECK(images == std::vector<std::size_t>{1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1});
}

TEST_CASE("a comparison counts changed, corrected and spoilt answers if neither model failed") {
  const std::vector<Answers> first{answer(0), answer(1), answer(0), answer(1),
                                   failure(), answer(0), answer(2)};
  const std::vector<Answers> second{answer(0), answer(0), answer(1), answer(2),
                                    answer(0), failure(), answer(2)};
  const std::vector<std::size_t> truth(7, 0);
  Comparison both;
  for (std::size_t i = 0; i < truth.size(); ++i) both.add(truth[i], first[i], second[i]);
  CHECK(both.agree == Proportion{2, 5});
  CHECK(both.fixed == 1);
  CHECK(both.broken == 1);
  CHECK(both.changed == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("McNemar's exact test of 1 against 5 gives 14 / 64") {
  Comparison both;
  CHECK(both.p_value() == 1.0);
  both.fixed = 1;
  both.broken = 5;
  CHECK(both.p_value() == Approx(14.0 / 64));
  std::swap(both.fixed, both.broken);
  CHECK(both.p_value() == Approx(14.0 / 64));
  both.fixed = both.broken = 3;
  CHECK(both.p_value() == 1.0);
  // Their binomials overflow a double.
  both.fixed = both.broken = 5000;
  CHECK(both.p_value() == 1.0);
  both.fixed = 4000;
  both.broken = 6000;
  CHECK(both.p_value() < 1e-80);
}
