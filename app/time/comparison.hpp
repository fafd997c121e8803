// Comparison of two engines.
#pragma once

#include <string>
#include <vector>

#include "print/text.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// A range of layers [first, last] whose times can be compared: the smallest one that is made of whole steps
// in both engines.
struct Block {
  std::size_t first = 0;
  std::size_t last = 0;
  double first_ms = 0.0;   // sum of the medians of the first engine
  double second_ms = 0.0;  // the same for the second engine

  double ratio() const { return second_ms > 0.0 ? first_ms / second_ms : 0.0; }
};
// Returns the blocks of two engines that ran the same layers.
std::vector<Block> compare(const std::vector<LayerTime>& first, const std::vector<LayerTime>& second);

// Returns the table of two engines, with the ratios of their times.
std::string comparison_text(const TimeReport& report, const Style& style);

}  // namespace alexnet::app
