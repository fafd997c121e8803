// The CPU's own counters, where the kernel lets us read them (perf_event_open(2)).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace alexnet {

// In the order of Counts. A cache miss is one that the kernel counts as such: on most CPUs, of the last cache.
inline constexpr std::array<const char*, 3> kCounterNames{"cycles", "instructions", "cache_misses"};

// None where the CPU has no such counter.
using Counts = std::array<std::optional<double>, kCounterNames.size()>;

// Counts for all threads that this process has when it is made and for those that these start, outside the kernel.
class Counters {
 public:
  // Opens a counter, by its place in Counts, for a thread; returns its descriptor, or -1 and errno.
  using Open = std::function<int(std::size_t counter, int thread)>;

  explicit Counters(const Open& open = open_hardware);
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;
  ~Counters();

  // Why nothing is counted: "not permitted (perf_event_paranoid 3)"; "" where something is.
  const std::string& refusal() const { return refusal_; }
  // Since the last call, or since this was made. Where counters had to take turns, what they would have counted.
  Counts count();

  static int open_hardware(std::size_t counter, int thread);
  // A counter of one of perf's types and what that type calls it, as open_hardware() opens those of the CPU.
  static int open(std::uint32_t type, std::uint64_t config, int thread);

 private:
  // As the kernel gives it, times in ns.
  struct Reading {
    std::uint64_t count = 0, enabled = 0, running = 0;
  };
  std::optional<Reading> read(std::size_t counter) const;

  std::array<std::vector<int>, kCounterNames.size()> files_;  // one for each thread
  std::array<Reading, kCounterNames.size()> last_;
  std::string refusal_;
};

}  // namespace alexnet
