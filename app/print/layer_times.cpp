#include "print/layer_times.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "layers/layers.hpp"
#include "print/json.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

std::string blank_if_zero(double value) { return value > 0.0 ? number(value) : ""; }

std::string kinds_text(const std::vector<LayerTime>& layers, const Style& style) {
  constexpr int kBarWidth = 40;
  Table table({{"kind"}, {"ms", Table::Align::right}, {"share", Table::Align::right}, {"", {}, {}, 1}});
  for (const KindTime& k : sums_by_kind(layers)) {
    if (k.fused) {
      table.add({k.kind, "", "", "fused"}, tint_of(k.kind));
    } else {
      table.add({k.kind, number(k.ms), percent(k.share), bar(style, k.share, kBarWidth)}, tint_of(k.kind));
    }
  }
  return table.text(style);
}

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

Json shape_json(const Shape& shape) { return {shape.channels, shape.height, shape.width}; }

std::string kind_of(const Layer& layer) { return std::string(type_name(layer.params)); }

std::string to_string(Limit limit) {
  return limit == Limit::none ? "" : limit == Limit::memory ? "memory" : "arithmetic";
}

std::string to_string(ConvMethod conv) {
  return conv == ConvMethod::automatic ? "auto" : conv == ConvMethod::gemm ? "gemm" : "winograd";
}

std::string stored_types(const std::vector<Layer>& layers, const Weights* weights) {
  std::set<std::string_view> types;
  for (const Layer& layer : layers)
    for (const WeightSpec& spec : weight_specs(layer))
      if (weights != nullptr && spec.dims.size() > 1) types.insert(weights->dtype(spec.name));
  std::string text;
  for (const std::string_view type : types)
    if (!type.empty()) text += (text.empty() ? "" : " + ") + std::string(type);
  return text;
}

std::string reached_text(const LayerTime& layer) {
  return layer.limit == Limit::none ? "" : whole_percent(layer.reached());
}

std::string method_text(const LayerTime& layer) {
  return layer.fused_into.empty() ? escape_for_terminal(layer.method)
                                  : "in " + escape_for_terminal(layer.fused_into);
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

std::string gemm_text(const std::optional<GemmSize>& gemm) {
  if (!gemm) return "";
  std::string text =
      std::to_string(gemm->m) + " x " + std::to_string(gemm->k) + " x " + std::to_string(gemm->n);
  if (gemm->count > 1) text += " (x " + std::to_string(gemm->count) + ")";
  return text;
}

Tint tint_of(std::string_view kind) {
  if (kind == "conv") return Tint::blue;
  if (kind == "fc") return Tint::green;
  if (kind.ends_with("pool")) return Tint::yellow;
  if (kind == "lrn") return Tint::magenta;
  if (kind == "relu") return Tint::red;
  return Tint::dim;
}

std::string layers_text(const std::vector<LayerTime>& layers, const Style& style) {
  constexpr int kBarWidth = 12;
  using enum Table::Align;
  const bool limits = std::ranges::any_of(layers, [](const LayerTime& l) { return l.limit != Limit::none; });
  Table table({{"layer"},
               {"type"},
               {"input", left, {}, 6},
               {"output", left, {}, 5},
               {"m x k x n", left, {}, 4},
               {"method", left, {}, 2},
               {"ms", right},
               {"share", right},
               {"", left, {}, 1},
               {"GFLOP/s", right, {}, 3},
               {limits ? "limit" : "", left, {}, 1},
               {limits ? "reached" : "GB/s", right}});
  for (const LayerTime& l : layers) {
    const bool leads = l.fused_into.empty();
    table.add({escape_for_terminal(l.name), l.kind, to_string(l.in), to_string(l.out), gemm_text(l.gemm),
               method_text(l), leads ? number(l.ms.median) : "", leads ? percent(l.share) : "",
               bar(style, l.share, kBarWidth), blank_if_zero(l.gflops), to_string(l.limit),
               limits ? reached_text(l) : blank_if_zero(l.gbytes_per_s)},
              tint_of(l.kind));
  }
  return table.text(style) + "\n" + kinds_text(layers, style) +
         "\nconv + fc: " + percent(gemm_share(layers)) + " of the time" +
         (is_like_alexnet(layers) ? " (Jia's profile: 89 % on the CPU)\n" : "\n");
}

Json stats_json(const Stats& s) {
  return {{"min", s.min}, {"q1", s.q1}, {"median", s.median}, {"q3", s.q3}, {"max", s.max}};
}

Json layers_json(const std::vector<LayerTime>& layers) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(utf8(text)); };
  Json list = Json::array();
  for (const LayerTime& l : layers) {
    const auto size = [&](std::int64_t GemmSize::*member) {
      return l.gemm ? Json((*l.gemm).*member) : Json();
    };
    const bool limited = l.limit != Limit::none;
    list.push_back({{"name", utf8(l.name)},
                    {"type", l.kind},
                    {"in", shape_json(l.in)},
                    {"out", shape_json(l.out)},
                    {"m", size(&GemmSize::m)},
                    {"k", size(&GemmSize::k)},
                    {"n", size(&GemmSize::n)},
                    {"gemms", l.gemm ? Json(l.gemm->count) : Json(0)},
                    {"fused_into", or_null(l.fused_into)},
                    {"method", or_null(l.method)},
                    {"ms", stats_json(l.ms)},
                    {"share", l.share},
                    {"gflops", l.gemm ? Json(l.gflops) : Json()},
                    {"gbytes_per_s", l.gbytes_per_s},
                    {"limit", or_null(to_string(l.limit))},
                    {"limit_ms", limited ? Json(l.limit_ms) : Json()},
                    {"reached", limited ? Json(l.reached()) : Json()}});
  }
  return list;
}

}  // namespace alexnet::app
