// Hardware counters of the CPU (perf_event_open(2)).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alexnet/profile.hpp"

namespace alexnet {

// Counts events in user space, for all threads of this process that exist at construction and all threads
// that they start later.
class Counters {
 public:
  // Opens a counter for a thread. `counter` is an index into Counts. Returns the descriptor, or -1 and sets
  // errno.
  using Open = std::function<int(std::size_t counter, int thread)>;

  explicit Counters(const Open& open = open_hardware);
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;
  ~Counters();

  // Returns why no counter could be opened, such as "not permitted (perf_event_paranoid 3)". Returns "" if at
  // least one is open.
  const std::string& refusal() const { return refusal_; }
  // Returns the counts since the last call, or since construction. If the kernel multiplexed a counter, its
  // count is scaled up to the whole time.
  Counts count();

  static int open_hardware(std::size_t counter, int thread);
  // Opens any perf counter, given perf_event_attr's type and config. Returns as Open does.
  static int open(std::uint32_t type, std::uint64_t config, int thread);

 private:
  // A reading in the kernel's format. Times are in nanoseconds.
  struct Reading {
    std::uint64_t count = 0, enabled = 0, running = 0;
  };
  std::optional<Reading> read(std::size_t counter) const;

  std::array<std::vector<int>, kCounterNames.size()> files_;  // descriptors, one per thread
  std::array<Reading, kCounterNames.size()> last_;
  std::string refusal_;
};

// Averages the counts of a step over passes. A step may run in several parts per pass, whose counts are
// summed. A pass in which a part has no count is left out for that counter.
class MeanCounts {
 public:
  // Adds the counts of the next part of the current pass.
  void add(const Counts& part);
  void end_pass();
  Counts mean() const;

 private:
  struct Counter {
    std::optional<double> pass = 0.0;  // none if a part of this pass had no count
    double sum = 0.0;
    int passes = 0;
  };
  std::array<Counter, kCounterNames.size()> counters_;
};

}  // namespace alexnet
