// How far a long run is, on standard error where that is a terminal.
#pragma once

#include <cstddef>

#include "report/text.hpp"
#include "session.hpp"

namespace alexnet::app {

bool error_is_terminal();

class Progress {
 public:
  Progress(std::size_t total, const Style& style);

  void advance(std::size_t done, std::size_t failures);  // failures: in all, so far
  void finish() const;                                   // wipes the line

 private:
  std::size_t total_;
  Style style_;
  bool shown_;
  std::size_t done_ = 0;
  Stopwatch watch_;
  double drawn_ms_ = -1e9;
};

}  // namespace alexnet::app
