#include "print/layer_times.hpp"

#include <algorithm>

namespace alexnet::app {
namespace {

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

}  // namespace

std::string reached_text(const LayerTime& layer) {
  return layer.limit == Limit::none ? "" : whole_percent(layer.reached());
}

std::string method_text(const LayerTime& layer) {
  return layer.fused_into.empty() ? escape_for_terminal(layer.method)
                                  : "in " + escape_for_terminal(layer.fused_into);
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

}  // namespace alexnet::app
