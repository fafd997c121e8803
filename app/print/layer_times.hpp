// Where the time goes, layer by layer: what classify, batch and time say of one engine.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/peak.hpp"
#include "network/counters.hpp"
#include "print/text.hpp"
#include "weights/weights.hpp"

namespace alexnet::app {

struct Stats {
  double min = 0.0;
  double q1 = 0.0;  // quartiles, between neighbours in proportion
  double median = 0.0;
  double q3 = 0.0;
  double max = 0.0;
};
Stats stats_of(std::vector<double> samples);
std::vector<Stats> stats_of(const std::vector<std::vector<double>>& samples);

// What must be done, however well: the arithmetic at the machine's peak, or the reading of memory at its bandwidth.
enum class Limit { none, arithmetic, memory };

// One layer's row. A step that covers several layers stands at its first; the others have fused_into alone.
struct LayerTime {
  std::string name;
  std::string kind;  // "conv"
  Shape in;
  Shape out;
  std::optional<GemmSize> gemm;
  std::string fused_into;  // the layer in whose step it runs; "" where it leads one
  std::string method;
  Stats ms;
  double share = 0.0;         // of the sum of the layers' medians
  double gflops = 0.0;        // 2 x multiply-adds, as the method does them, / median
  double gbytes_per_s = 0.0;  // the step's weights, input and output, each once, / median
  Limit limit = Limit::none;  // the one that takes longer, where peaks are known and the step has work to do
  double limit_ms = 0.0;      // the least that it allows
  Counts counts = {};         // what the CPU counted, where it was asked

  double reached() const { return ms.median > 0.0 ? limit_ms / ms.median : 0.0; }
};

// What the times are of.
struct Measured {
  int images = 1;
  int passes = 1;  // that they went through in; each reads the weights
  int batch = 1;   // that the matrices' sizes are of
  std::optional<kernels::Peak> peak = {};
};
std::vector<LayerTime> layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                   const std::vector<Stats>& steps_ms, const Measured& measured);
// Each layer's share, from their medians.
void set_shares(std::vector<LayerTime>& layers);

// conv + fc: their share of the whole.
double gemm_share(const std::vector<LayerTime>& layers);

// Returns true for networks like the one that Yangqing Jia profiled: five convolutions, then three fully-connected layers,
// and no others.
bool is_like_alexnet(const std::vector<LayerTime>& layers);

// The rows, the sums by kind of layer and the line about conv + fc. Where no limits are known, GB/s stand in their place.
std::string layers_text(const std::vector<LayerTime>& layers, const Style& style);
nlohmann::ordered_json stats_json(const Stats& stats);
nlohmann::ordered_json layers_json(const std::vector<LayerTime>& layers);

// The sum by kind of layer, the longest first.
struct KindTime {
  std::string kind;
  double ms = 0.0;
  double share = 0.0;
  bool fused = true;  // all of them run inside other layers' steps
};
std::vector<KindTime> sums_by_kind(const std::vector<LayerTime>& layers);

// "arithmetic", "memory", ""
std::string to_string(Limit limit);
// "68 %", or "" where there is no limit.
std::string reached_text(const LayerTime& layer);
// "in conv1", or the method.
std::string method_text(const LayerTime& layer);
std::string kind_of(const Layer& layer);
// --conv: "auto", "gemm", "winograd".
std::string to_string(ConvMethod conv);
// The types that the weights are stored in, each once: "F16 + I8"; "" where nothing is to be said.
std::string stored_types(const std::vector<Layer>& layers, const Weights* weights);

// [channels, height, width]
nlohmann::ordered_json shape_json(const Shape& shape);

// "128 x 1200 x 729", with " (x 2)" where one layer makes several multiplications, or "".
std::string gemm_text(const std::optional<GemmSize>& gemm);

// The colour of a kind of layer, "conv".
Tint tint_of(std::string_view kind);

}  // namespace alexnet::app
