// What has changed from one time report to another.
#pragma once

#include <string>
#include <vector>

#include "time/time_report.hpp"

namespace alexnet::app {

// What a change of a time comes from.
enum class Cause {
  unknown,  // the program, or what it was given: the change is more than noise
  noise,  // the medians differ by no more than the middle halves of both sets of runs are wide (upper quartile - lower
  // quartile, added up), or too few runs were made to tell
  machine  // the machine's own speed differs by more
};

// A time before and after.
struct Change {
  std::size_t first = 0;  // layers [first, last]: what both run in steps of their own
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
// Returns the changes of engine i. The reports can be compared.
//
// A layer is held against the machine's limit that binds it; against both if it does not reach its own (80 to 120 %), as the
// pass always is. A change is the machine's if the measured peaks of the two reports lie further apart than the two times. So
// it is if the machine's speed, as it was sampled between the runs, is spread further: from the lowest lower quartile to the
// highest upper one.
Changes changes(const TimeReport& report, std::size_t i);

// Fewer runs than this say nothing of their spread.
inline constexpr int kLeastRuns = 4;

// "+3.1 %", or "" where both are next to nothing.
std::string change_text(const Change& change);
// "noise", "machine" or "".
std::string cause_text(Cause cause);
// What else differs between the reports: "threads 1, now 2"; the date apart.
std::vector<std::string> differences(const TimeReport& report);
// Returns a line for each of the machine's limits that a change of the report comes from: "the machine itself was 10 %
// slower: peak 506 -> 460 GFLOP/s".
std::vector<std::string> machine_changes(const TimeReport& report);
// One line about the whole pass: slower, faster, inside the noise, or due to the machine.
std::string verdict(const TimeReport& report, std::size_t i);
// "the model's, F32" or "random (seed 1)".
std::string weights_text(const TimeReport& report);
// What it was measured with: "2026-11-21T16:55:01Z, alexnet 0.1.0, engine packed".
std::string before_text(const TimeReport& report);

std::string changes_text(const TimeReport& report, const Style& style);
nlohmann::ordered_json changes_json(const TimeReport& report);

// Throws ModelError about `file`, where `before` was read, unless both are of the same model, layers, batch and number
// of engines.
void require_comparable(const TimeReport& before, const TimeReport& report, const std::string& file);

}  // namespace alexnet::app
