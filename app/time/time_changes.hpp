// Changes from one time report to another.
#pragma once

#include <string>
#include <vector>

#include "print/text.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// Cause of a change in time.
enum class Cause {
  // The program or its input: the change exceeds the noise and the machine's own change.
  unknown,
  // The medians differ by no more than the sum of both interquartile ranges, or there were too few runs to
  // tell.
  noise,
  // The machine's own speed changed by more.
  machine
};

// A time before and after.
struct Change {
  // Layers [first, last]: the smallest range that is made of whole steps in both reports.
  std::size_t first = 0;
  std::size_t last = 0;
  double before_ms = 0.0;
  double after_ms = 0.0;
  Cause cause = Cause::unknown;

  double change() const { return before_ms > 0.0 ? after_ms / before_ms - 1.0 : 0.0; }
};

struct Changes {
  std::vector<Change> layers;
  Change plain;  // the whole plain pass
};

// Returns the changes of engine i since report.before. Requires comparable reports (see require_comparable).
//
// A change that exceeds the noise has the cause `machine` if one of the machine's limits (arithmetic, memory)
// changed by a larger ratio than the time did. A limit's change is the larger of two ratios: between the
// measured peaks of the two reports, and between the highest upper quartile and the lowest lower quartile of
// the speed samples of both reports. A layer that reaches its own limit (80 to 120 %) is compared with that
// limit only. Other layers and the whole pass are compared with both limits.
Changes changes(const TimeReport& report, std::size_t i);

// Minimum number of runs for an estimate of the noise.
inline constexpr int kMinRuns = 4;

// Returns "+3.1 %". Returns "" if both times are below 0.001 ms or the earlier time is 0.
std::string change_text(const Change& change);
// Returns "noise", "machine" or "".
std::string cause_text(Cause cause);
// Returns the settings that differ between the reports, except the date: "threads 1, now 2".
std::vector<std::string> differences(const TimeReport& report);
// Returns a line for each of the machine's limits that caused a change in the report: "the machine itself was
// 10 % slower: peak 506 -> 460 GFLOP/s".
std::vector<std::string> machine_changes(const TimeReport& report);
// Returns one line about the whole pass of engine i: both times and the cause of the change.
std::string verdict(const TimeReport& report, std::size_t i);
// Returns "the model's, F32" or "random (seed 1)".
std::string weights_text(const TimeReport& report);
// Returns the date, the version and the engines: "2026-11-21T16:55:01Z, alexnet 0.1.0, engine packed".
std::string before_text(const TimeReport& report);

std::string changes_text(const TimeReport& report, const Style& style);

// Throws ModelError unless both reports have the same model, layers (name, type, shapes), batch and number of
// engines. `file` is the file of `before`; errors name it.
void require_comparable(const TimeReport& before, const TimeReport& report, const std::string& file);

}  // namespace alexnet::app
