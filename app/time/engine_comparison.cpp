#include "time/comparison.hpp"

#include "print/layer_times.hpp"

namespace alexnet::app {
namespace {

double ratio(double first, double second) { return second > 0.0 ? first / second : 0.0; }

// Returns "" if a time is below 0.001 ms: the ratio would be noise.
std::string ratio_text(double first_ms, double second_ms) {
  constexpr double kMinMs = 0.001;
  return first_ms < kMinMs || second_ms < kMinMs ? "" : number(ratio(first_ms, second_ms));
}

double sum_ms(const std::vector<LayerTime>& layers, const Block& block) {
  double sum = 0.0;
  for (std::size_t i = block.first; i <= block.last; ++i) sum += layers[i].ms.median;
  return sum;
}

std::string whole_passes(const EngineTimes& a, const EngineTimes& b, int batch, const Style& style) {
  using enum Table::Align;
  Table table(
      {{""}, {a.engine + " ms", right}, {b.engine + " ms", right}, {a.engine + " / " + b.engine, right}});
  const auto line = [&](const char* name, double first, double second) {
    table.add({name, number(first), number(second), ratio_text(first, second)});
  };
  const auto spread = [&](const char* name, const Stats& first, const Stats& second) {
    line(name, first.median, second.median);
    table.add({"  min", number(first.min), number(second.min), ""}, Tint::dim);
    table.add({"  max", number(first.max), number(second.max), ""}, Tint::dim);
  };
  spread("plain pass", a.plain_ms, b.plain_ms);
  spread("profiled pass", a.profiled_ms, b.profiled_ms);
  line("first pass", a.cold_ms, b.cold_ms);
  // No ratio for load: the second engine reuses the weights that the first has converted.
  table.add({"load", number(a.load_ms), number(b.load_ms), ""});
  table.add({"limits", number(a.limit_ms()), number(b.limit_ms()), ""});
  const auto per_second = [&](const EngineTimes& e) {
    return e.plain_ms.median > 0.0 ? number(1000.0 * batch / e.plain_ms.median) : "";
  };
  if (batch > 1) table.add({"images/s", per_second(a), per_second(b), ""});
  return table.text(style);
}

}  // namespace

std::vector<Block> compare(const std::vector<LayerTime>& first, const std::vector<LayerTime>& second) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].fused_into.empty() && second[i].fused_into.empty()) blocks.push_back({i, i});
    blocks.back().last = i;
  }
  for (Block& block : blocks) {
    block.first_ms = sum_ms(first, block);
    block.second_ms = sum_ms(second, block);
  }
  return blocks;
}

std::string comparison_text(const TimeReport& report, const Style& style) {
  using enum Table::Align;
  const EngineTimes& a = report.engines[0];
  const EngineTimes& b = report.engines[1];
  const std::string ratio_title = a.engine + " / " + b.engine;
  Table table({{"layer"},
               {"type", left, {}, 1},
               {"m x k x n", left, {}, 5},
               {a.engine},
               {"ms", right},
               {"reached", right, {}, 2},
               {b.engine},
               {"ms", right},
               {"reached", right, {}, 2},
               {ratio_title, right}});
  const auto ms = [](const LayerTime& l) { return l.fused_into.empty() ? number(l.ms.median) : ""; };
  bool sums = false;
  std::vector<std::string> ratios(a.layers.size());
  for (const Block& block : compare(a.layers, b.layers)) {
    ratios[block.first] = ratio_text(block.first_ms, block.second_ms);
    sums = sums || block.last > block.first;
  }
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const LayerTime& x = a.layers[i];
    const LayerTime& y = b.layers[i];
    table.add({escape_for_terminal(x.name), x.kind, gemm_text(x.gemm), method_text(x), ms(x), reached_text(x),
               method_text(y), ms(y), reached_text(y), ratios[i]},
              tint_of(x.kind));
  }
  const double all_a = a.sum_ms();
  const double all_b = b.sum_ms();
  table.add({"sum", "", "", "", number(all_a), whole_percent(ratio(a.limit_ms(), all_a)), "", number(all_b),
             whole_percent(ratio(b.limit_ms(), all_b)), ratio_text(all_a, all_b)},
            Tint::bold);
  std::string text = table.text(style);
  if (sums)
    text += wrapped(ratio_title +
                        ": if an engine runs several layers as one, the ratio of the sums over these layers",
                    style.columns) +
            "\n";
  return text + "\n" + whole_passes(a, b, report.batch, style);
}

}  // namespace alexnet::app
