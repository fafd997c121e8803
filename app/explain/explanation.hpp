// The facts about a layer that `alexnet explain` shows. explain_report.hpp and explain_page.hpp write them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alexnet/analysis.hpp"

namespace alexnet::app {

// One number of the output, and what is needed to compute it step by step.
struct WorkedExample : LayerRun {
  std::string input;                            // the image or the JSON file
  bool input_of_model = false;                  // the default: input.json in the model's folder
  std::optional<std::uint64_t> random_weights;  // their seed; empty: the model's weights
  std::optional<image::Image> photo;            // the crop that the network sees; empty: no photo
  bool bgr = false;                             // the network's input channels are B, G, R
  int channel = 0;
  Position at;
  // True if the user gave no channel (no position), so that the one of the largest value was chosen.
  bool chosen_channel = false;
  bool chosen_position = false;

  // Returns the example's number as the engine computed it.
  float engine_value(const Shape& out_shape) const;
};

struct Explanation {
  std::string model;
  Layer layer;
  bool first = false;  // the network's first layer
  bool packed = true;  // the engine `packed` can run the network
  // The step of `packed` that begins with this layer; empty if it runs in another layer's step, or if
  // `packed` is false.
  std::optional<Step> step;
  std::optional<LrnMethod> lrn;    // of the engine that runs the layer, if it is an LRN
  std::string step_of;             // the layer whose step it runs in
  std::vector<std::string> fused;  // the other layers of `step`
  std::optional<WorkedExample> example;
};

// Returns an explanation without an example. Needs no weights. Throws ModelError if there is no such layer.
Explanation explain_structure(const Model& model, const std::string& layer);

// The output that the user asks for. An empty member is chosen by the maximum.
struct OutputChoice {
  std::optional<int> channel;
  std::optional<Position> at;
};

// Runs the network up to the layer on an input (C x H x W). Sets the members of WorkedExample except input,
// input_of_model, photo and bgr. Throws ModelError, or UsageError if `choice` is outside the output.
WorkedExample run_example(const Model& model, std::optional<std::uint64_t> seed,
                          const Explanation& explanation, std::span<const float> input,
                          const OutputChoice& choice);

}  // namespace alexnet::app
