// Progress of a long run, drawn on standard error if that is a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

bool error_is_terminal();

// A line that is redrawn in place: a bar, a percentage and text.
class ProgressLine {
 public:
  explicit ProgressLine(const Style& style) : style_(style), shown_(error_is_terminal()) {}

  // Returns true if standard error is a terminal and the last draw() was at least 100 ms ago.
  bool due() const;
  // Draws the line. share: from 0 to 1, or nothing for a line without a bar. Call it only if due().
  void draw(std::optional<double> share, const std::string& text);
  void wipe() const;
  double ms() const { return watch_.ms(); }

 private:
  Style style_;
  bool shown_;
  Stopwatch watch_;
  double drawn_ms_ = -1e9;
};

// Progress over a number of images.
class Progress {
 public:
  // total: nothing if it is unknown.
  Progress(std::optional<std::size_t> total, const Style& style) : total_(total), line_(style) {}

  // done: images since the last call. failures: images that have failed since the start.
  void advance(std::size_t done, std::size_t failures);
  void finish() const { line_.wipe(); }

 private:
  std::optional<std::size_t> total_;
  std::size_t done_ = 0;
  ProgressLine line_;
};

// Progress of a download.
class DownloadProgress {
 public:
  explicit DownloadProgress(const Style& style) : line_(style) {}

  // done: bytes of the file so far, including those of an earlier run. total: expected size of the file.
  void advance(std::uint64_t done, std::uint64_t total);
  void finish() const { line_.wipe(); }

 private:
  std::optional<std::uint64_t> first_;  // bytes that an earlier run downloaded
  ProgressLine line_;
};

}  // namespace alexnet::app
