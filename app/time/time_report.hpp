// The result of `alexnet time`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/peak.hpp"
#include "network/layer_times.hpp"
#include "time/environment.hpp"

namespace alexnet::app {

// The times of one engine.
struct EngineTimes {
  std::string engine;
  Stats plain_ms;
  Stats profiled_ms;
  double cold_ms = 0.0;
  double load_ms = 0.0;
  std::vector<LayerTime> layers;

  // Returns the sum of the minimum times that the layers' limits allow.
  double limit_ms() const;
  // Returns the sum of the layers' medians.
  double sum_ms() const;
};

// The machine's speed, sampled between the runs.
struct MachineSpeed {
  Stats gflops;        // float32 arithmetic
  Stats gbytes_per_s;  // reading of memory
};

struct TimeReport {
  std::string model;
  std::optional<std::uint64_t> random_weights;  // their seed; empty: the model's weights
  std::string weights;                          // stored types, "F16 + I8"; "" if random or unknown
  std::string conv = "auto";                    // --conv
  Environment environment;
  int threads = 1;
  int batch = 1;
  int runs = 1;
  int warmup = 0;
  kernels::Peak peak;                   // the best samples of the machine's speed
  std::optional<MachineSpeed> machine;  // older reports have none
  std::optional<double> decode_ms;      // empty: there was no image
  std::optional<double> preprocess_ms;
  double report_ms = 0.0;                       // to format the text
  std::optional<std::string> counters_refusal;  // "": the layers have counts; empty: not requested
  std::vector<EngineTimes> engines;             // one, or two that were measured alternately
  std::vector<TimeReport> before;               // empty, or the one report to compare with
};

}  // namespace alexnet::app
