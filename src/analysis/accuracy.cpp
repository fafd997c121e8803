#include "alexnet/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace alexnet {
namespace {

std::size_t bin_of(float probability, std::size_t bins) {
  const double at = std::ceil(static_cast<double>(probability) * static_cast<double>(bins)) - 1.0;
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(bins - 1)));
}

}  // namespace

ConfidenceInterval wilson(const Proportion& p) {
  if (p.of == 0) return {};
  constexpr double z = 1.959963984540054;  // the normal distribution's quantile at 97.5 %
  const auto n = static_cast<double>(p.of);
  const double middle = (p.share() + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p.share() * (1 - p.share()) / n + z * z / (4 * n * n));
  // Set the ends exactly: rounding would leave 1e-17.
  return {p.hits == 0 ? 0.0 : middle - half, p.hits == p.of ? 1.0 : middle + half};
}

void Evaluation::add(std::size_t truth, std::span<const Prediction> predictions) {
  if (predictions.empty()) {
    ++failures;
    return;
  }
  const Prediction& best = predictions.front();
  const std::size_t first = best.index == truth ? 1 : 0;
  const std::size_t among_five = std::ranges::count(predictions, truth, &Prediction::index) > 0 ? 1 : 0;
  for (Proportion* p : {&top1, &classes[truth].top1}) *p = {p->hits + first, p->of + 1};
  for (Proportion* p : {&top5, &classes[truth].top5}) *p = {p->hits + among_five, p->of + 1};
  ++cells_[{truth, best.index}];
  CalibrationBin& bin = bins[bin_of(best.probability, bins.size())];
  ++bin.images;
  bin.right += first;
  bin.probability += static_cast<double>(best.probability);
}

std::vector<ConfusionCell> Evaluation::confusion() const {
  std::vector<ConfusionCell> cells;
  for (const auto& [at, images] : cells_) cells.push_back({at.first, at.second, images});
  return cells;
}

std::vector<ConfusionCell> Evaluation::confused() const {
  std::vector<ConfusionCell> cells = confusion();
  std::erase_if(cells, [](const ConfusionCell& c) { return c.truth == c.answer; });
  std::ranges::stable_sort(cells, std::greater(), &ConfusionCell::images);
  return cells;
}

double Evaluation::calibration_error() const {
  double sum = 0.0;
  for (const CalibrationBin& bin : bins) sum += std::abs(bin.probability - static_cast<double>(bin.right));
  return top1.of == 0 ? 0.0 : sum / static_cast<double>(top1.of);
}

void Comparison::add(std::size_t truth, std::span<const Prediction> first,
                     std::span<const Prediction> second) {
  const std::size_t image = images++;
  if (first.empty() || second.empty()) return;
  const std::size_t a = first.front().index;
  const std::size_t b = second.front().index;
  ++agree.of;
  if (a == b) {
    ++agree.hits;
    return;
  }
  changed.push_back(image);
  if (b == truth) ++fixed;
  if (a == truth) ++broken;
}

// Returns min(1, 2 * sum of binomial(n, i) / 2^n for i = 0 .. min(fixed, broken)), n = fixed + broken.
double Comparison::p_value() const {
  const auto n = static_cast<double>(fixed + broken);
  double sum = 0.0;
  double log_binomial = 0.0;  // log(binomial(n, i))
  for (std::size_t i = 0; i <= std::min(fixed, broken); ++i) {
    if (i > 0) log_binomial += std::log((n - static_cast<double>(i) + 1) / static_cast<double>(i));
    sum += std::exp(log_binomial - n * std::log(2.0));
  }
  return std::min(1.0, 2 * sum);
}

}  // namespace alexnet
