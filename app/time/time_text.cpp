#include "time/time_text.hpp"

#include "print/csv.hpp"
#include "print/layer_times.hpp"
#include "print/svg.hpp"
#include "time/comparison.hpp"
#include "time/counters_text.hpp"
#include "time/time_changes.hpp"

namespace alexnet::app {
namespace {

std::string ms_text(double value) { return number(value) + " ms"; }

std::string spread(const Stats& s) {
  return ms_text(s.median) + " (min " + number(s.min) + ", max " + number(s.max) + ")";
}

std::string engine_names(const TimeReport& r) {
  return r.engines.size() == 1 ? "engine " + r.engines[0].engine
                               : "engines " + r.engines[0].engine + " and " + r.engines[1].engine;
}

std::string one_engine_text(const TimeReport& r, const Style& style) {
  const EngineTimes& e = r.engines.front();
  std::string text = layers_text(e.layers, style) + "\nplain pass     " + spread(e.plain_ms);
  if (r.batch > 1 && e.plain_ms.median > 0.0)
    text += ", " + number(1000.0 * r.batch / e.plain_ms.median) + " images/s";
  text += "\nprofiled pass  " + spread(e.profiled_ms);
  if (e.plain_ms.median > 0.0) {
    const double gap = e.profiled_ms.median / e.plain_ms.median - 1.0;
    text += std::string(", ") + (gap < 0 ? "" : "+") + percent(gap) + " against plain";
  }
  text += "\nlimits         " + ms_text(e.limit_ms()) + " in all layers";
  if (e.plain_ms.median > 0.0) text += ", " + whole_percent(e.limit_ms() / e.plain_ms.median) + " reached";
  text += "\n";
  return text + "first pass     " + ms_text(e.cold_ms) + "\nload           " + ms_text(e.load_ms) + "\n";
}

std::string csv_row(const LayerTime& l, const std::string& engine, const std::string& ratio, bool counts) {
  const auto& g = l.gemm;
  std::string text = csv_field(escape_for_terminal(l.name)) + "," + l.kind + "," + to_string(l.in) + "," +
                     to_string(l.out) + ",";
  text += g ? std::to_string(g->m) + "," + std::to_string(g->k) + "," + std::to_string(g->n) + "," +
                  std::to_string(g->count)
            : ",,,0";
  text += "," + exact_digits(l.ms.min) + "," + exact_digits(l.ms.median) + "," + exact_digits(l.share) + "," +
          (g ? exact_digits(l.gflops) : "") + "," + exact_digits(l.gbytes_per_s) + "," + engine + "," +
          csv_field(escape_for_terminal(l.fused_into)) + "," + csv_field(escape_for_terminal(l.method)) +
          "," + to_string(l.limit) + "," + (l.limit == Limit::none ? "" : exact_digits(l.reached())) + "," +
          ratio;
  if (counts)
    for (const auto& [name, count] : count_figures(l.counts))
      text += "," + (count ? exact_digits(*count) : "");
  return text + "\n";
}

}  // namespace

std::string time_text(const TimeReport& r, const Style& style) {
  const std::string threads = std::to_string(r.threads);
  std::string text = tinted(style, Tint::bold, escape_for_terminal(r.model)) +
                     (r.random_weights ? ", random weights, " : ", ") + engine_names(r) + ", threads " +
                     threads + ", batch " + std::to_string(r.batch) + ", runs " + std::to_string(r.runs) +
                     "\nlimits, measured: " + number(r.peak.gflops) + " GFLOP/s of float32 arithmetic, " +
                     number(r.peak.read_gbytes_per_s) + " GB/s of memory read\n\n";
  text += r.engines.size() == 1 ? one_engine_text(r, style) : comparison_text(r, style);
  if (r.decode_ms) text += "decode         " + ms_text(*r.decode_ms) + "\n";
  if (r.preprocess_ms) text += "preprocess     " + ms_text(*r.preprocess_ms) + "\n";
  text += counters_text(r, style);
  if (!r.before.empty()) text += changes_text(r, style);
  return text;
}

std::string time_csv(const TimeReport& r) {
  std::string text =
      "name,type,in,out,m,k,n,gemms,min_ms,median_ms,share,gflops,gbytes_per_s,engine,fused_into,method,"
      "limit,reached,"
      "ratio";
  if (has_counts(r))
    for (const auto& [name, count] : count_figures({})) text += std::string(",") + name;
  text += "\n";
  const auto& first = r.engines.front().layers;
  for (const EngineTimes& e : r.engines) {
    std::vector<std::string> ratios(e.layers.size());
    if (&e != &r.engines.front())
      for (const Block& block : compare(first, e.layers))
        if (block.second_ms > 0.0) ratios[block.first] = exact_digits(block.ratio());
    for (std::size_t i = 0; i < e.layers.size(); ++i)
      text += csv_row(e.layers[i], e.engine, ratios[i], has_counts(r));
  }
  return text;
}

}  // namespace alexnet::app
