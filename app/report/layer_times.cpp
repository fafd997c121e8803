#include "report/layer_times.hpp"

#include <algorithm>
#include <map>

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

bool is_gemm(const Layer& layer) { return gemm_size(layer).has_value(); }

std::string blank_if_zero(double value) { return value > 0.0 ? number(value) : ""; }

std::string sums_by_kind(const std::vector<LayerTime>& layers, const Style& style) {
  constexpr int kBarWidth = 40;
  struct Sum {
    double ms = 0.0;
    double share = 0.0;
    bool fused = true;  // all of them
    Tint tint = Tint::plain;
  };
  std::map<std::string, Sum> kinds;
  for (const LayerTime& l : layers) {
    Sum& sum = kinds[kind_of(l.layer)];
    sum.ms += l.ms.median;
    sum.share += l.share;
    sum.fused = sum.fused && !l.fused_into.empty();
    sum.tint = tint_of(l.layer);
  }
  std::vector<std::pair<std::string, Sum>> sorted(kinds.begin(), kinds.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second.ms > b.second.ms; });
  Table table({{"kind"}, {"ms", Table::Align::right}, {"share", Table::Align::right}, {""}});
  for (const auto& [kind, sum] : sorted) {
    if (sum.fused) {
      table.add({kind, "", "", "fused"}, sum.tint);
    } else {
      table.add({kind, number(sum.ms), percent(sum.share), bar(style, sum.share, kBarWidth)}, sum.tint);
    }
  }
  return table.text(style);
}

// A step of nothing but dropout and flatten moves nothing, whatever the size of its input.
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

Json shape_json(const Shape& shape) { return {shape.channels, shape.height, shape.width}; }

std::string kind_of(const Layer& layer) { return std::string(type_name(layer.params)); }

std::string to_string(Limit limit) {
  return limit == Limit::none ? "" : limit == Limit::memory ? "memory" : "arithmetic";
}

std::string reached_text(const LayerTime& layer) {
  return layer.limit == Limit::none ? "" : whole_percent(layer.reached());
}

std::string method_text(const LayerTime& layer) {
  return layer.fused_into.empty() ? layer.method : "in " + printable(layer.fused_into);
}

Stats stats_of(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  const std::size_t n = samples.size();
  return {samples.front(), (samples[(n - 1) / 2] + samples[n / 2]) / 2, samples.back()};
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
  for (const Layer& layer : layers) times.push_back({layer, "", "", {}});
  double total = 0.0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    LayerTime& first = times[step.first];
    first.method = step.method;
    first.ms = steps_ms[s];
    if (has_work(layers, step)) set_figures(first, step, measured);
    for (std::size_t i = step.first + 1; i <= step.last; ++i) times[i].fused_into = first.layer.name;
    total += first.ms.median;
  }
  for (LayerTime& t : times) t.share = total > 0.0 ? t.ms.median / total : 0.0;
  return times;
}

double gemm_share(const std::vector<LayerTime>& layers) {
  double share = 0.0;
  for (const LayerTime& l : layers)
    if (is_gemm(l.layer)) share += l.share;
  return share;
}

std::string gemm_text(const Layer& layer, int batch) {
  const auto g = gemm_size(layer, batch);
  if (!g) return "";
  std::string text = std::to_string(g->m) + " x " + std::to_string(g->k) + " x " + std::to_string(g->n);
  if (g->count > 1) text += " (x " + std::to_string(g->count) + ")";
  return text;
}

Tint tint_of(const Layer& layer) {
  if (std::holds_alternative<Conv>(layer.params)) return Tint::blue;
  if (std::holds_alternative<FullyConnected>(layer.params)) return Tint::green;
  if (std::holds_alternative<MaxPool>(layer.params) || std::holds_alternative<AveragePool>(layer.params) ||
      std::holds_alternative<GlobalAveragePool>(layer.params))
    return Tint::yellow;
  if (std::holds_alternative<Lrn>(layer.params)) return Tint::magenta;
  if (std::holds_alternative<Relu>(layer.params)) return Tint::red;
  return Tint::dim;
}

std::string layers_text(const std::vector<LayerTime>& layers, int batch, const Style& style) {
  constexpr int kBarWidth = 12;
  using enum Table::Align;
  const bool limits = std::ranges::any_of(layers, [](const LayerTime& l) { return l.limit != Limit::none; });
  Table table({{"layer"},
               {"type"},
               {"input"},
               {"output"},
               {"m x k x n"},
               {"method"},
               {"ms", right},
               {"share", right},
               {""},
               {"GFLOP/s", right},
               {limits ? "limit" : ""},
               {limits ? "reached" : "GB/s", right}});
  for (const LayerTime& l : layers) {
    const bool leads = l.fused_into.empty();
    table.add({printable(l.layer.name), kind_of(l.layer), to_string(l.layer.in), to_string(l.layer.out),
               gemm_text(l.layer, batch), method_text(l), leads ? number(l.ms.median) : "",
               leads ? percent(l.share) : "", bar(style, l.share, kBarWidth), blank_if_zero(l.gflops),
               to_string(l.limit), limits ? reached_text(l) : blank_if_zero(l.gbytes_per_s)},
              tint_of(l.layer));
  }
  return table.text(style) + "\n" + sums_by_kind(layers, style) +
         "\nconv + fc: " + percent(gemm_share(layers)) + " of the time (Jia's profile: 89 % on the CPU)\n";
}

Json layers_json(const std::vector<LayerTime>& layers, int batch) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json list = Json::array();
  for (const LayerTime& l : layers) {
    const auto g = gemm_size(l.layer, batch);
    const auto size = [&](std::int64_t GemmSize::*member) { return g ? Json((*g).*member) : Json(); };
    list.push_back({{"name", l.layer.name},
                    {"type", kind_of(l.layer)},
                    {"in", shape_json(l.layer.in)},
                    {"out", shape_json(l.layer.out)},
                    {"m", size(&GemmSize::m)},
                    {"k", size(&GemmSize::k)},
                    {"n", size(&GemmSize::n)},
                    {"gemms", g ? Json(g->count) : Json(0)},
                    {"fused_into", or_null(l.fused_into)},
                    {"method", or_null(l.method)},
                    {"ms", {{"min", l.ms.min}, {"median", l.ms.median}}},
                    {"share", l.share},
                    {"gflops", g ? Json(l.gflops) : Json()},
                    {"gbytes_per_s", l.gbytes_per_s},
                    {"limit", or_null(to_string(l.limit))},
                    {"reached", l.limit == Limit::none ? Json() : Json(l.reached())}});
  }
  return list;
}

}  // namespace alexnet::app
