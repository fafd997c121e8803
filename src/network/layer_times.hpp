// Times of layers: the arithmetic on what a profiler measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/peak.hpp"
#include "network/counters.hpp"

namespace alexnet {

// Minimum, quartiles (interpolated linearly) and maximum of some samples; all 0 if there are none.
struct Stats {
  double min = 0.0;
  double q1 = 0.0;
  double median = 0.0;
  double q3 = 0.0;
  double max = 0.0;
};
Stats stats_of(std::vector<double> samples);
std::vector<Stats> stats_of(const std::vector<std::vector<double>>& samples);

// Lower bound on a step's time: its arithmetic at the machine's peak, or its memory traffic at the
// machine's bandwidth.
enum class Limit { none, arithmetic, memory };
// Returns "arithmetic", "memory" or "".
std::string to_string(Limit limit);

// Times of one layer. If a step covers several layers, the first has the step's figures and the others name
// the first in fused_into.
struct LayerTime {
  std::string name;
  std::string kind;  // "conv"
  Shape in;
  Shape out;
  std::optional<GemmSize> gemm;
  std::string fused_into;  // first layer of the step that it runs in; "" if it is the first itself
  std::string method;
  Stats ms;
  double share = 0.0;   // median / sum of all layers' medians
  double gflops = 0.0;  // 2 x multiply-adds of the method used / median
  // Weights (once per pass), input and output of the step / median.
  double gbytes_per_s = 0.0;
  // The larger of the two bounds; none if the peak is unknown or the step moves no data.
  Limit limit = Limit::none;
  double limit_ms = 0.0;  // minimum time by this bound
  Counts counts = {};     // CPU counters, if they were read

  // Returns limit_ms / median: 1 is as fast as the machine allows.
  double reached() const { return ms.median > 0.0 ? limit_ms / ms.median : 0.0; }
};

// The runs that the times were measured on.
struct Measured {
  int images = 1;
  int passes = 1;  // forward passes that they took; each reads the weights once
  int batch = 1;   // batch size that LayerTime::gemm is computed for
  std::optional<kernels::Peak> peak = {};
};
// Returns one entry per layer, shares included. steps_ms: one entry per step.
std::vector<LayerTime> layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                   const std::vector<Stats>& steps_ms, const Measured& measured);
// Sets each layer's share from the medians.
void set_shares(std::vector<LayerTime>& layers);

// Returns the share of the layers that are matrix multiplications: conv + fc.
double gemm_share(const std::vector<LayerTime>& layers);

// Returns true for networks like the one that Yangqing Jia profiled: five convolutions, then three
// fully-connected layers, and no others.
bool is_like_alexnet(const std::vector<LayerTime>& layers);

// Sum over the layers of one kind.
struct KindTime {
  std::string kind;
  double ms = 0.0;
  double share = 0.0;
  bool fused = true;  // true if all of them run in other layers' steps
};
// Returns the sums, longest time first.
std::vector<KindTime> sums_by_kind(const std::vector<LayerTime>& layers);

// Returns the kind of a layer: "conv".
std::string kind_of(const Layer& layer);

}  // namespace alexnet
