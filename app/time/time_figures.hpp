// The drawings of a time report.
#pragma once

#include <string>

#include "print/svg.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// Maximum length of a layer's name in a drawing, in columns. A longer name is shortened; the tooltip has it
// in full.
inline constexpr std::size_t kLongestName = 30;

// Returns two ring charts: time by layer and time by kind of layer. `id` is the prefix of their ids.
std::vector<Drawing> rings(const EngineTimes& engine, const std::string& id);

// Draws a bar for each layer that has a time: the median, a whisker from the lower to the upper quartile, and
// a mark at the minimum that the layer's limit allows.
Drawing bars(const EngineTimes& engine, const std::string& id);

// Draws a bar for the change of each layer since the report before, and one for the whole pass: to the left
// if it became faster, to the right if it became slower. Requires a report before.
Drawing change_bars(const TimeReport& report, std::size_t engine, const std::string& id);

// Draws FLOP/s over FLOP per byte on logarithmic axes, with the machine's peak and bandwidth as the roof.
// Layers without multiply-adds are in a strip at the left. There, a dashed line is the machine's bandwidth.
Drawing roofline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

// Draws the phases of a run one after the other: load, decode, preprocess, first pass, a later pass, report.
Drawing timeline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

// Returns the text of an SVG file with the rings of each engine.
std::string time_picture(const TimeReport& report);

}  // namespace alexnet::app
