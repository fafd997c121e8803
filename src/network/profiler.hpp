// Measures forward passes; formats nothing.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "network/counters.hpp"
#include "network/network.hpp"

namespace alexnet {

// Adds up what an observer hears: samples_ms()[step][pass].
class Profiler {
 public:
  explicit Profiler(const Network& network) : samples_ms_(network.engine().steps().size()) {}

  // For the next pass.
  Observer observer() {
    for (auto& samples : samples_ms_) samples.push_back(0.0);
    return [this](std::size_t step, const Activation&, const Interval& time) {
      samples_ms_[step].back() += time.ms();
    };
  }
  const std::vector<std::vector<double>>& samples_ms() const { return samples_ms_; }

 private:
  std::vector<std::vector<double>> samples_ms_;
};

// The mean of a step's counts over the passes that have them: a step may run in several parts, each with a count of its own.
class MeanCounts {
 public:
  // Of the next part of the pass.
  void add(const Counts& part);
  void end_pass();
  Counts mean() const;

 private:
  struct Counter {
    std::optional<double> pass = 0.0;  // none: a part had no count
    double sum = 0.0;
    int passes = 0;
  };
  std::array<Counter, kCounterNames.size()> counters_;
};

// A profiled pass, moment by moment. The steps' times are those that its sample is the sum of.
struct PassTrace {
  struct RunStep {
    std::size_t step;
    int images;  // that it took together
    Interval time;
  };
  // A thread's share of a loop inside a step.
  struct Task {
    int thread;        // 0: the one that ran the pass
    const char* loop;  // "" where the step has but one
    Interval time;
  };
  int run = 0;  // from 0
  Interval pass = {};
  std::vector<RunStep> steps;
  std::vector<Task> tasks;
};

// Whole passes and their steps, in milliseconds. A plain pass reads no clock inside; plain and profiled
// passes take turns, so that a busy machine disturbs both alike.
struct Profile {
  double cold_ms = 0.0;          // the very first pass
  std::vector<double> plain_ms;  // a sample for each run
  std::vector<double> profiled_ms;
  std::vector<std::vector<double>> steps_ms;  // [step][run]
  std::optional<PassTrace> trace;             // of the profiled pass nearest to their median
  std::vector<Counts> steps_counts;           // [step], the mean of some more passes
  std::string counters_refusal;               // why there are no counts where there could be
};

struct Profiled {
  const Network& network;
  Workspace& workspace;
};

constexpr int kTracedRuns = 32;  // the last ones; the others' moments are forgotten

struct ProfileOptions {
  int batch = 1;
  int runs = 1;
  int warmup = 0;
  bool trace = false;  // profiled passes read the clock in every task too
  bool count = false;  // some more passes, after the others, read the CPU's counters
  // Called before each run, with the number of runs that are done, and after the last one. If it returns true, it has
  // displaced what the caches held, and each network runs once unmeasured. May be empty.
  std::function<bool(int done)> between_runs = {};
};

// Runs the batch in each workspace.input() once cold, `warmup` times unmeasured, then `runs` times plain and profiled.
// The networks take turns too. The input is put back before each pass, outside the clock.
std::vector<Profile> profile(std::span<const Profiled> networks, const ProfileOptions& options);

}  // namespace alexnet
