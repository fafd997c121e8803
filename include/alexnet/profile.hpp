// Measures forward passes: the time of each step.
//
//   alexnet::Workspace workspace(network, 1);
//   const alexnet::Profile times = alexnet::profile({{{network, workspace}}}, {.runs = 10}).front();
//   times.plain_ms[0];     // a pass without clocks inside
//   times.steps_ms[2][0];  // step 2 of network.steps(), in the first run
//
// A Profiler serves one pass at a time. profile() may be called from several threads at the same time, with
// different workspaces, but passes that run at the same time slow each other down.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alexnet/network.hpp"

#pragma GCC visibility push(default)
namespace alexnet {

// Names of the counters, in the order of Counts. On most CPUs, cache_misses counts misses of the last-level
// cache.
inline constexpr std::array<const char*, 3> kCounterNames{"cycles", "instructions", "cache_misses"};

// One count per counter. None if the counter is not available or did not run.
using Counts = std::array<std::optional<double>, kCounterNames.size()>;

// Collects the times of steps, in milliseconds: samples_ms()[step][pass]. Sums the parts of a step within a
// pass.
class Profiler {
 public:
  explicit Profiler(const Network& network) : samples_ms_(network.steps().size()) {}

  // Starts a new pass and returns the observer for it. The observer must not outlive the Profiler.
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

// Timeline of one profiled pass. The times of the steps add up to the pass's entries in Profile::steps_ms.
struct PassTrace {
  struct RunStep {
    std::size_t step;
    int images;  // images that the step ran together
    Interval time;
  };
  // One chunk of a loop inside a step, run by one thread.
  struct Task {
    int thread;        // 0 is the thread that ran the pass
    const char* loop;  // "" if the step has only one loop
    Interval time;
  };
  int run = 0;  // from 0
  Interval pass = {};
  std::vector<RunStep> steps;
  std::vector<Task> tasks;
};

// Times of whole passes and of their steps, in milliseconds. A plain pass reads no clock between its start
// and its end. Plain and profiled passes alternate, so that load on the machine affects both alike.
struct Profile {
  double cold_ms = 0.0;          // the first pass
  std::vector<double> plain_ms;  // one per run
  std::vector<double> profiled_ms;
  std::vector<std::vector<double>> steps_ms;  // [step][run]
  std::optional<PassTrace> trace;             // the traced pass whose time is nearest to the median
  std::vector<Counts> steps_counts;           // [step], average of separate passes; empty unless `count`
  std::string counters_refusal;               // why the counters could not be read, or ""
};

struct Profiled {
  const Network& network;
  Workspace& workspace;
};

constexpr int kTracedRuns = 32;  // number of last runs from which Profile::trace is chosen

struct ProfileOptions {
  int batch = 1;
  int runs = 1;
  int warmup = 0;
  bool trace = false;  // profiled passes also read the clock in every task
  bool count = false;  // additional passes at the end read the CPU's counters
  // Called before each run and after the last one, with the number of finished runs. Returns true if it has
  // evicted the networks' data from the caches; then each network runs once unmeasured. May be empty.
  std::function<bool(int done)> between_runs = {};
};

// Measures each network on the batch in its workspace.input(): one cold pass, `warmup` unmeasured passes,
// then `runs` times a plain and a profiled pass. The networks alternate. Restores the input before each pass,
// outside the measured time. `runs` and `batch` must be at least 1, and each workspace must have been made
// for its network and for at least `batch` images. Returns one Profile per network, in the order of
// `networks`. Counters that cannot be read are no error: the Profile says why. Throws what between_runs()
// throws.
std::vector<Profile> profile(std::span<const Profiled> networks, const ProfileOptions& options);

}  // namespace alexnet
#pragma GCC visibility pop
