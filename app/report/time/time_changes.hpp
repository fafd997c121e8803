// What has changed from one time report to another.
#pragma once

#include <string>
#include <vector>

#include "report/time/time_report.hpp"

namespace alexnet::app {

// A time before and after. It is noise where the medians differ by no more than the middle halves of both sets of runs are
// wide (upper quartile - lower quartile, added up), or where too few runs were made to tell.
struct Change {
  std::size_t first = 0;  // layers [first, last]: what both run in steps of their own
  std::size_t last = 0;
  double before_ms = 0.0;
  double after_ms = 0.0;
  bool noise = false;

  double change() const { return before_ms > 0.0 ? after_ms / before_ms - 1.0 : 0.0; }
};

struct Changes {
  std::vector<Change> layers;
  Change plain;  // the whole plain pass
};
// Of engine i. The reports can be compared.
Changes changes(const TimeReport& report, std::size_t i);

// Fewer runs than this say nothing of their spread.
inline constexpr int kLeastRuns = 4;

// "+3.1 %", or "" where both are next to nothing.
std::string change_text(const Change& change);
// What else differs between the reports: "threads 1, now 2"; the date apart.
std::vector<std::string> differences(const TimeReport& report);
// One line about the whole pass: slower, faster, or inside the noise.
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
