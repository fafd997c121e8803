#include "network/layer_times.hpp"

#include <algorithm>
#include <map>

namespace alexnet {
namespace {

// Returns false for steps of dropout and flatten only: they move no data, whatever the size of their input.
bool has_work(const std::vector<Layer>& layers, const Step& step) {
  for (std::size_t i = step.first; i <= step.last; ++i)
    if (cost(layers[i]).bytes > 0) return true;
  return false;
}

void set_figures(LayerTime& time, const Step& step, const Measured& measured) {
  const double operations = 2.0 * static_cast<double>(step.multiply_adds) * measured.images;
  const double bytes = static_cast<double>(step.weight_bytes) * measured.passes +
                       static_cast<double>(step.activation_bytes) * measured.images;
  if (time.ms.median > 0.0) {
    time.gflops = operations * 1e-6 / time.ms.median;
    time.gbytes_per_s = bytes * 1e-6 / time.ms.median;
  }
  if (!measured.peak) return;
  const double arithmetic_ms = operations * 1e-6 / measured.peak->gflops;
  const double memory_ms = bytes * 1e-6 / measured.peak->read_gbytes_per_s;
  time.limit = arithmetic_ms > memory_ms ? Limit::arithmetic : Limit::memory;
  time.limit_ms = std::max(arithmetic_ms, memory_ms);
}

}  // namespace

std::string to_string(Limit limit) {
  return limit == Limit::none ? "" : limit == Limit::memory ? "memory" : "arithmetic";
}

Stats stats_of(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  const auto quarter = [&](std::size_t quarters) {
    const std::size_t place = (samples.size() - 1) * quarters;
    const double low = samples[place / 4];
    const double high = samples[(place + 3) / 4];
    return low + (high - low) * static_cast<double>(place % 4) / 4;
  };
  return {samples.front(), quarter(1), quarter(2), quarter(3), samples.back()};
}

std::vector<Stats> stats_of(const std::vector<std::vector<double>>& samples) {
  std::vector<Stats> stats;
  stats.reserve(samples.size());
  for (const std::vector<double>& of_one : samples) stats.push_back(stats_of(of_one));
  return stats;
}

std::vector<LayerTime> layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                   const std::vector<Stats>& steps_ms, const Measured& measured) {
  std::vector<LayerTime> times;
  times.reserve(layers.size());
  for (const Layer& layer : layers)
    times.push_back(
        {layer.name, kind_of(layer), layer.in, layer.out, gemm_size(layer, measured.batch), "", "", {}});
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    LayerTime& first = times[step.first];
    first.method = step.method;
    first.ms = steps_ms[s];
    if (has_work(layers, step)) set_figures(first, step, measured);
    for (std::size_t i = step.first + 1; i <= step.last; ++i) times[i].fused_into = first.name;
  }
  set_shares(times);
  return times;
}

void set_shares(std::vector<LayerTime>& layers) {
  double total = 0.0;
  for (const LayerTime& l : layers) total += l.ms.median;
  for (LayerTime& l : layers) l.share = total > 0.0 ? l.ms.median / total : 0.0;
}

double gemm_share(const std::vector<LayerTime>& layers) {
  double share = 0.0;
  for (const LayerTime& l : layers)
    if (l.gemm) share += l.share;
  return share;
}

bool is_like_alexnet(const std::vector<LayerTime>& layers) {
  std::string multiplications;
  for (const LayerTime& l : layers)
    if (l.kind == "conv" || l.kind == "fc") multiplications += l.kind[0];
  return multiplications == "cccccfff";
}

std::vector<KindTime> sums_by_kind(const std::vector<LayerTime>& layers) {
  std::map<std::string, KindTime> kinds;
  for (const LayerTime& l : layers) {
    KindTime& sum = kinds[l.kind];
    sum.kind = l.kind;
    sum.ms += l.ms.median;
    sum.share += l.share;
    sum.fused = sum.fused && !l.fused_into.empty();
  }
  std::vector<KindTime> sorted;
  sorted.reserve(kinds.size());
  for (const auto& [kind, sum] : kinds) sorted.push_back(sum);
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.ms > b.ms; });
  return sorted;
}

std::string kind_of(const Layer& layer) { return std::string(type_name(layer.params)); }

}  // namespace alexnet
