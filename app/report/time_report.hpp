// Where the time goes: one structure, three writers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "report/text.hpp"

namespace alexnet::app {

struct Stats {
  double min = 0.0;
  double median = 0.0;
  double max = 0.0;
};
Stats stats_of(std::vector<double> samples);

// One layer's row.
struct LayerTime {
  Layer layer;
  Stats ms;
  double share = 0.0;         // of the sum of the layers' medians
  double gflops = 0.0;        // 2 x multiply-adds / median; 0 for layers that are no GEMM
  double gbytes_per_s = 0.0;  // input, weights and output, each once, in float32, / median
};

// samples_ms: [step][pass]; each pass ran `batch` images. A step's time stands at its first layer.
std::vector<LayerTime> layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                   const std::vector<std::vector<double>>& samples_ms, int batch);

// Times added up over `passes` passes of `images` images in all.
std::vector<LayerTime> summed_layer_times(const std::vector<Layer>& layers, const std::vector<Step>& steps,
                                          const std::vector<double>& sums_ms, int images, int passes);

// conv + fc: their share of the whole.
double gemm_share(const std::vector<LayerTime>& layers);

struct TimeReport {
  std::string model;
  std::string engine;
  int threads = 1;
  int batch = 1;
  int runs = 1;
  Stats plain_ms;
  Stats profiled_ms;
  double cold_ms = 0.0;
  double load_ms = 0.0;
  std::optional<double> decode_ms;  // with an image only
  std::optional<double> preprocess_ms;
  std::vector<LayerTime> layers;
};

// The rows, the sums by kind of layer and the line about conv + fc.
std::string layers_text(const std::vector<LayerTime>& layers, int batch, const Style& style);
nlohmann::ordered_json layers_json(const std::vector<LayerTime>& layers, int batch);

std::string time_text(const TimeReport& report, const Style& style);
nlohmann::ordered_json time_json(const TimeReport& report);
std::string time_csv(const TimeReport& report);

// [channels, height, width]
nlohmann::ordered_json shape_json(const Shape& shape);

// "128 x 1200 x 729", with " (x 2)" where one layer makes several multiplications, or "".
std::string gemm_text(const Layer& layer, int batch);

// The colour of a kind of layer.
Tint tint_of(const Layer& layer);

}  // namespace alexnet::app
