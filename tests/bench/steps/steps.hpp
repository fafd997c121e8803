// One layer computed in many ways, from plain loops to the engine's kernels; src/engine/README.md explains
// the steps.
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
  std::vector<float> w;  // one row per output
};

struct Step {
  std::string idea;
  std::function<void()> run;
  std::function<std::vector<float>()> answer;  // output of the last run: C x H x W
  // Maximum difference from the output of the first step, relative to its maximum magnitude.
  double tolerance;
  double bytes_a_weight = 4;  // as stored
  bool relu = false;          // adds the bias and replaces negative values by 0
};

// Return the steps. The first one computes the expected output with plain loops.
std::vector<Step> conv_steps(const Problem& problem);
std::vector<Step> fc_steps(const Problem& problem);

// Returns the bias for the steps that add one.
std::vector<float> bias_of(const Layer& layer);

// Returns zeros, aligned for vectors, with extra space at the end that vectors may read.
std::shared_ptr<float[]> floats(std::size_t count);

}  // namespace alexnet::bench
