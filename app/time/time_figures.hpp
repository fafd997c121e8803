// The drawings of a time report.
#pragma once

#include <string>

#include "print/svg.hpp"
#include "time/time_report.hpp"

namespace alexnet::app {

// Their colours.
extern const char* const kTimeFigureStyle;

// Letters of a layer's name in a drawing; what is longer is abridged there, and whole in its tip.
inline constexpr std::size_t kLongestName = 30;

// Time by layer and by kind of layer. `id` begins the ids of the drawings.
std::vector<Drawing> rings(const EngineTimes& engine, const std::string& id);

// A bar for each layer that has a time: the median, the least its limit allows, and from the fastest to the slowest run.
Drawing bars(const EngineTimes& engine, const std::string& id);

// FLOP/s by FLOP for each byte, on logarithmic axes, under the machine's peak and bandwidth. Layers without multiply-adds
// stand at the left, as far under the slope as their share of the bandwidth.
Drawing roofline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

// From loading to reporting, one after the other.
Drawing timeline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

// The rings as an SVG file of their own.
std::string time_picture(const TimeReport& report);

}  // namespace alexnet::app
