// Measures forward passes; formats nothing.
#pragma once

#include <vector>

#include "network/network.hpp"

namespace alexnet {

// Adds up what an observer hears: samples_ms()[step][pass].
class Profiler {
 public:
  explicit Profiler(const Network& network) : samples_ms_(network.engine().steps().size()) {}

  // For the next pass.
  Observer observer() {
    for (auto& samples : samples_ms_) samples.push_back(0.0);
    return [this](std::size_t step, const Activation&, std::chrono::nanoseconds elapsed) {
      samples_ms_[step].back() += std::chrono::duration<double, std::milli>(elapsed).count();
    };
  }
  const std::vector<std::vector<double>>& samples_ms() const { return samples_ms_; }

 private:
  std::vector<std::vector<double>> samples_ms_;
};

// Whole passes and their steps, in milliseconds. A plain pass reads no clock inside; plain and profiled
// passes take turns, so that a busy machine disturbs both alike.
struct Profile {
  double cold_ms = 0.0;          // the very first pass
  std::vector<double> plain_ms;  // a sample for each run
  std::vector<double> profiled_ms;
  std::vector<std::vector<double>> steps_ms;  // [step][run]
};

struct Profiled {
  const Network& network;
  Workspace& workspace;
};

// Runs the batch in each workspace.input() once cold, `warmup` times unmeasured, then `runs` times plain and profiled.
// The networks take turns too. The input is put back before each pass, outside the clock.
std::vector<Profile> profile(std::span<const Profiled> networks, int batch, int runs, int warmup);

}  // namespace alexnet
