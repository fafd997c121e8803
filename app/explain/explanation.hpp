// What `alexnet explain` knows of a layer: one structure, three writers (report/explain/explain_report.hpp, explain_page.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/image.hpp"
#include "layers/patch.hpp"
#include "network/model.hpp"

namespace alexnet::app {

// One number of the output, worked out by hand and by the engine.
struct Example {
  std::string input;                            // the image or the JSON file
  bool input_of_model = false;                  // nobody named it: it lies beside the model
  std::optional<std::uint64_t> random_weights;  // their seed
  std::optional<image::Image> photo;            // as the network sees it, where the input is a photo
  bool bgr = false;                             // the network's input channels are B, G, R
  std::vector<float> in;  // the layer's input and output, C x H x W, as the engine gives them
  std::vector<float> out;
  int channel = 0;
  Place at;
  bool chosen_channel = false;  // for being the strongest, as is the place
  bool chosen_place = false;
  std::string engine;
  std::vector<float> weights;  // conv and fc: all of the layer, [output][k]
  std::vector<float> bias;     // empty: none

  float engine_value(const Shape& out_shape) const;
};

// An output of conv or fc by dot product, in double.
struct WorkedOut {
  std::vector<Tap> column;
  std::span<const float> row;
  DotProduct product;
  float bias = 0.0F;
  double value() const { return product.sum + static_cast<double>(bias); }
};
WorkedOut work_out(const Layer& layer, const Example& example, int channel, Place at);

struct Explanation {
  std::string model;
  Layer layer;
  bool first = false;              // of the network
  bool packed = true;              // the engine of that name knows the network
  std::optional<Step> step;        // by packed; empty where another layer's step does the work
  std::string step_of;             // that layer
  std::vector<std::string> fused;  // further layers of the step
  std::optional<Example> example;

  std::int64_t patch_elements()
      const;  // of the whole patch matrix, all groups of an image; 0 where there is none
};

// What follows from the layer's description alone. Throws ModelError where there is no such layer.
Explanation explain_structure(const Model& model, const std::string& layer);

// What the user wants to see; empty: what responds most strongly.
struct Wanted {
  std::optional<int> channel;
  std::optional<Place> at;
};
// About the memory in bytes that run_example() needs: the network's input, the layer's input, output and weights, and the
// largest step of the pass.
std::uint64_t example_bytes(const Model& model, const Explanation& explanation);
// Runs the network up to the layer on an input (C x H x W). Throws ModelError, and std::runtime_error where `wanted` lies
// outside the output.
Example run_example(const Model& model, std::optional<std::uint64_t> seed, const Explanation& explanation,
                    std::span<const float> input, const Wanted& wanted);

}  // namespace alexnet::app
