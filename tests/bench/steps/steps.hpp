// One layer computed in many ways, each a step further from plain loops; src/engine/README.md tells why.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "layers/layers.hpp"

namespace alexnet::bench {

struct Problem {
  Layer layer;
  std::vector<float> x;  // C x H x W
  std::vector<float> w;  // rows of outputs
};

struct Step {
  std::string idea;
  std::function<void()> run;
  std::function<std::vector<float>()> answer;  // of the last run: C x H x W
  double tolerance;           // of the first step's greatest number; its answer is what the others must give
  double bytes_a_weight = 4;  // as stored
  bool relu = false;          // adds the bias, and lets no number below 0
};

// The first computes the answer by plain loops.
std::vector<Step> conv_steps(const Problem& problem);
std::vector<Step> fc_steps(const Problem& problem);

// The bias of the steps that add one.
std::vector<float> bias_of(const Layer& layer);

// Aligned for vectors, with some room behind that vectors may read; zeros.
std::shared_ptr<float[]> floats(std::size_t count);

}  // namespace alexnet::bench
