// What `alexnet time` found: one structure, three writers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kernels/peak.hpp"
#include "print/layer_times.hpp"
#include "print/text.hpp"

namespace alexnet::app {

// One engine's part.
struct EngineTimes {
  std::string engine;
  Stats plain_ms;
  Stats profiled_ms;
  double cold_ms = 0.0;
  double load_ms = 0.0;
  std::vector<LayerTime> layers;

  // The sum of the least that the layers' limits allow.
  double limit_ms() const;
  double sum_ms() const;  // of the layers' medians
};

// With what it was measured.
struct Facts {
  std::string date;  // "2026-11-21T16:55:01Z"
  std::string cpu;
  std::string cpu_level;
  std::string version;
  std::string eigen;
  std::string opencv;
};

// The machine's speed, sampled between the runs.
struct MachineSpeed {
  Stats gflops;        // of float32 arithmetic
  Stats gbytes_per_s;  // of memory read
};

struct TimeReport {
  std::string model;
  std::optional<std::uint64_t> random_weights;  // their seed
  std::string weights;                          // how they are stored, "F16 + I8"; "" where that is not said
  std::string conv = "auto";                    // --conv
  Facts facts;
  int threads = 1;
  int batch = 1;
  int runs = 1;
  int warmup = 0;
  kernels::Peak peak;                   // the best samples of the machine's speed
  std::optional<MachineSpeed> machine;  // older reports have none
  std::optional<double> decode_ms;      // with an image only
  std::optional<double> preprocess_ms;
  double report_ms = 0.0;                       // to make the text
  std::optional<std::string> counters_refusal;  // "": the layers have counts; none: they were not asked for
  std::vector<EngineTimes> engines;             // one, or two that took turns
  std::vector<TimeReport> before;               // none, or the one to compare with
};

// The layers of one engine, or of two side by side; then what has changed since `before`.
std::string time_text(const TimeReport& report, const Style& style);
// One engine's members stand beside the rest; two engines' in "engines", and "comparison" holds the ratios.
nlohmann::ordered_json time_json(const TimeReport& report);
// A row for each engine and layer; of the second engine, the ratio stands at the first layer of what can be compared.
std::string time_csv(const TimeReport& report);

// Layers [first, last] that both engines run in steps of their own: what can be compared.
struct Block {
  std::size_t first = 0;
  std::size_t last = 0;
  double first_ms = 0.0;  // the sums of the medians, of the first engine and of the second
  double second_ms = 0.0;

  double ratio() const { return second_ms > 0.0 ? first_ms / second_ms : 0.0; }
};
std::vector<Block> compare(const std::vector<LayerTime>& first, const std::vector<LayerTime>& second);

// The table of two engines, with the ratios of their times.
std::string comparison_text(const TimeReport& report, const Style& style);
nlohmann::ordered_json comparison_json(const TimeReport& report);

}  // namespace alexnet::app
