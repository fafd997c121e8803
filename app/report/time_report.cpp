#include "report/time_report.hpp"

#include <algorithm>
#include <map>

#include "report/record.hpp"

namespace alexnet::app {
namespace {

using Json = nlohmann::ordered_json;

bool is_gemm(const Layer& layer) { return gemm_size(layer).has_value(); }

std::string kind_of(const Layer& layer) { return std::string(type_name(layer.params)); }

std::string blank_if_zero(double value) { return value > 0.0 ? number(value) : ""; }

std::string sums_by_kind(const std::vector<LayerTime>& layers, const Style& style) {
  constexpr int kBarWidth = 40;
  struct Sum {
    double ms = 0.0;
    double share = 0.0;
    Tint tint = Tint::plain;
  };
  std::map<std::string, Sum> kinds;
  for (const LayerTime& l : layers) {
    Sum& sum = kinds[kind_of(l.layer)];
    sum.ms += l.ms.median;
    sum.share += l.share;
    sum.tint = tint_of(l.layer);
  }
  std::vector<std::pair<std::string, Sum>> sorted(kinds.begin(), kinds.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second.ms > b.second.ms; });
  Table table({{"kind"}, {"ms", Table::Align::right}, {"share", Table::Align::right}, {""}});
  for (const auto& [kind, sum] : sorted)
    table.add({kind, number(sum.ms), percent(sum.share), bar(style, sum.share, kBarWidth)}, sum.tint);
  return table.text(style);
}

LayerTime layer_time(const Layer& layer, const Stats& ms, const Cost& c) {
  const double per_s = ms.median > 0.0 ? 1e-6 / ms.median : 0.0;
  return {layer, ms, 0.0, 2.0 * static_cast<double>(c.multiply_adds) * per_s,
          static_cast<double>(c.bytes) * per_s};
}

void set_shares(std::vector<LayerTime>& times) {
  double total = 0.0;
  for (const LayerTime& t : times) total += t.ms.median;
  for (LayerTime& t : times) t.share = total > 0.0 ? t.ms.median / total : 0.0;
}

}  // namespace

Json shape_json(const Shape& shape) { return {shape.channels, shape.height, shape.width}; }

Stats stats_of(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  const std::size_t n = samples.size();
  return {samples.front(), (samples[(n - 1) / 2] + samples[n / 2]) / 2, samples.back()};
}

std::vector<LayerTime> layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                   const std::vector<std::vector<double>>& samples_ms, int batch) {
  std::vector<LayerTime> times;
  for (const Layer& layer : layers) times.push_back(layer_time(layer, {}, cost(layer, batch)));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Layer& layer = layers[steps[i].first];
    times[steps[i].first] = layer_time(layer, stats_of(samples_ms[i]), cost(layer, batch));
  }
  set_shares(times);
  return times;
}

std::vector<LayerTime> summed_layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                          const std::vector<double>& sums_ms, int images, int passes) {
  std::vector<double> layer_ms(layers.size());
  for (std::size_t i = 0; i < steps.size(); ++i) layer_ms[steps[i].first] = sums_ms[i];
  std::vector<LayerTime> times;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Cost c = cost(layers[i], images);
    c.bytes += (passes - 1) * parameter_count(layers[i]) * static_cast<std::int64_t>(sizeof(float));
    times.push_back(layer_time(layers[i], stats_of({layer_ms[i]}), c));
  }
  set_shares(times);
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
  constexpr int kBarWidth = 20;
  using enum Table::Align;
  const bool once = std::ranges::all_of(layers, [](const LayerTime& l) { return l.ms.min == l.ms.max; });
  Table table({{"layer"},
               {"type"},
               {"input"},
               {"output"},
               {"m x k x n"},
               {once ? "" : "min ms", right},
               {once ? "ms" : "median", right},
               {"share", right},
               {""},
               {"GFLOP/s", right},
               {"GB/s", right}});
  for (const LayerTime& l : layers)
    table.add({printable(l.layer.name), kind_of(l.layer), to_string(l.layer.in), to_string(l.layer.out),
               gemm_text(l.layer, batch), once ? "" : number(l.ms.min), number(l.ms.median), percent(l.share),
               bar(style, l.share, kBarWidth), blank_if_zero(l.gflops), blank_if_zero(l.gbytes_per_s)},
              tint_of(l.layer));
  return table.text(style) + "\n" + sums_by_kind(layers, style) +
         "\nconv + fc: " + percent(gemm_share(layers)) + " of the time (Jia's profile: 89 % on the CPU)\n";
}

Json layers_json(const std::vector<LayerTime>& layers, int batch) {
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
                    {"ms", {{"min", l.ms.min}, {"median", l.ms.median}}},
                    {"share", l.share},
                    {"gflops", g ? Json(l.gflops) : Json()},
                    {"gbytes_per_s", l.gbytes_per_s}});
  }
  return list;
}

std::string time_text(const TimeReport& r, const Style& style) {
  const auto ms = [](double value) { return number(value) + " ms"; };
  const auto spread = [&](const Stats& s) {
    return ms(s.median) + " (min " + number(s.min) + ", max " + number(s.max) + ")";
  };
  std::string text = tinted(style, Tint::bold, r.model) + ", engine " + r.engine + ", threads " +
                     std::to_string(r.threads) + ", batch " + std::to_string(r.batch) + ", runs " +
                     std::to_string(r.runs) + "\n\n" + layers_text(r.layers, r.batch, style) + "\n";
  const double gap = r.plain_ms.median > 0.0 ? r.profiled_ms.median / r.plain_ms.median - 1.0 : 0.0;
  text += "plain pass     " + spread(r.plain_ms);
  if (r.batch > 1) text += ", " + number(1000.0 * r.batch / r.plain_ms.median) + " images/s";
  text += "\nprofiled pass  " + spread(r.profiled_ms) + ", " + (gap < 0 ? "" : "+") + percent(gap) +
          " against plain\n";
  text += "first pass     " + ms(r.cold_ms) + "\nload           " + ms(r.load_ms) + "\n";
  if (r.decode_ms) text += "decode         " + ms(*r.decode_ms) + "\n";
  if (r.preprocess_ms) text += "preprocess     " + ms(*r.preprocess_ms) + "\n";
  return text;
}

Json time_json(const TimeReport& r) {
  const auto stats = [](const Stats& s) {
    return Json{{"min", s.min}, {"median", s.median}, {"max", s.max}};
  };
  const auto optional = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"model", r.model},
          {"engine", r.engine},
          {"threads", r.threads},
          {"batch", r.batch},
          {"runs", r.runs},
          {"plain_ms", stats(r.plain_ms)},
          {"profiled_ms", stats(r.profiled_ms)},
          {"cold_ms", r.cold_ms},
          {"load_ms", r.load_ms},
          {"decode_ms", optional(r.decode_ms)},
          {"preprocess_ms", optional(r.preprocess_ms)},
          {"gemm_share", gemm_share(r.layers)},
          {"layers", layers_json(r.layers, r.batch)}};
}

std::string time_csv(const TimeReport& r) {
  const auto exact = [](double value) { return Json(value).dump(); };
  std::string text = "name,type,in,out,m,k,n,gemms,min_ms,median_ms,share,gflops,gbytes_per_s\n";
  for (const LayerTime& l : r.layers) {
    const auto g = gemm_size(l.layer, r.batch);
    text += csv_field(l.layer.name) + "," + kind_of(l.layer) + "," + to_string(l.layer.in) + "," +
            to_string(l.layer.out) + ",";
    text += g ? std::to_string(g->m) + "," + std::to_string(g->k) + "," + std::to_string(g->n) + "," +
                    std::to_string(g->count)
              : ",,,0";
    text += "," + exact(l.ms.min) + "," + exact(l.ms.median) + "," + exact(l.share) + "," +
            (g ? exact(l.gflops) : "") + "," + exact(l.gbytes_per_s) + "\n";
  }
  return text;
}

}  // namespace alexnet::app
