#include "evaluate/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace alexnet::app {
namespace {

std::size_t bin_of(float probability, std::size_t bins) {
  const double at = std::ceil(static_cast<double>(probability) * static_cast<double>(bins)) - 1.0;
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(bins - 1)));
}

}  // namespace

Interval wilson(const Proportion& p) {
  if (p.of == 0) return {};
  constexpr double z = 1.959963984540054;  // the normal distribution's quantile at 97.5 %
  const auto n = static_cast<double>(p.of);
  const double middle = (p.share() + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p.share() * (1 - p.share()) / n + z * z / (4 * n * n));
  // Set the ends exactly: rounding would leave 1e-17.
  return {p.hits == 0 ? 0.0 : middle - half, p.hits == p.of ? 1.0 : middle + half};
}

Evaluation evaluate(std::span<const Record> records, std::span<const std::size_t> truth,
                    std::size_t classes) {
  Evaluation all;
  all.classes.resize(classes);
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> cells;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    if (record.failed()) {
      ++all.failures;
      continue;
    }
    const Prediction& answer = record.predictions.front();
    const std::size_t first = answer.index == truth[i] ? 1 : 0;
    const bool among_five =
        std::ranges::any_of(record.predictions, [&](const Prediction& p) { return p.index == truth[i]; });
    Evaluation::Class& its_class = all.classes[truth[i]];
    for (Proportion* p : {&all.top1, &its_class.top1}) *p = {p->hits + first, p->of + 1};
    for (Proportion* p : {&all.top5, &its_class.top5}) *p = {p->hits + (among_five ? 1 : 0), p->of + 1};
    ++cells[{truth[i], answer.index}];
    Bin& bin = all.bins[bin_of(answer.probability, all.bins.size())];
    ++bin.images;
    bin.right += first;
    bin.probability += static_cast<double>(answer.probability);
  }
  for (const auto& [place, images] : cells) all.confusion.push_back({place.first, place.second, images});
  return all;
}

double Evaluation::calibration_error() const {
  double sum = 0.0;
  for (const Bin& bin : bins) sum += std::abs(bin.probability - static_cast<double>(bin.right));
  return top1.of == 0 ? 0.0 : sum / static_cast<double>(top1.of);
}

std::vector<Cell> Evaluation::confused() const {
  std::vector<Cell> cells;
  std::ranges::copy_if(confusion, std::back_inserter(cells),
                       [](const Cell& c) { return c.truth != c.answer; });
  std::ranges::stable_sort(cells, std::greater(), &Cell::images);
  return cells;
}

Comparison compare(std::span<const Record> first, std::span<const Record> second,
                   std::span<const std::size_t> truth) {
  Comparison both;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (first[i].failed() || second[i].failed()) continue;
    const std::size_t a = first[i].predictions.front().index;
    const std::size_t b = second[i].predictions.front().index;
    ++both.agree.of;
    if (a == b) {
      ++both.agree.hits;
      continue;
    }
    both.changed.push_back(i);
    if (b == truth[i]) ++both.fixed;
    if (a == truth[i]) ++both.broken;
  }
  return both;
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

}  // namespace alexnet::app
