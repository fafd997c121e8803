// The drawings of a time report's page, each an SVG that can be taken out of it.
#pragma once

#include <string>

#include "report/time_report.hpp"

namespace alexnet::app {

// Their colours; with the page's style, or in a file of their own.
extern const char* const kTimeFigureStyle;

// Time by layer and by kind of layer. `id` begins the ids of the drawings.
std::string rings(const EngineTimes& engine, const std::string& id);

// A bar for each layer that has a time: the median, the least its limit allows, and from the fastest to the slowest run.
std::string bars(const EngineTimes& engine, const std::string& id);

// FLOP/s by FLOP for each byte, on logarithmic axes, under the machine's peak and bandwidth. Layers without multiply-adds
// stand at the left, as far under the slope as their share of the bandwidth.
std::string roofline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

// From loading to reporting, one after the other.
std::string timeline(const TimeReport& report, const EngineTimes& engine, const std::string& id);

}  // namespace alexnet::app
