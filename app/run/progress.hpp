// How far a long run is, on standard error where that is a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "print/text.hpp"
#include "run/session.hpp"

namespace alexnet::app {

bool error_is_terminal();

// A line that is drawn over and over: a bar, a share, and text.
class ProgressLine {
 public:
  explicit ProgressLine(const Style& style) : style_(style), shown_(error_is_terminal()) {}

  bool due() const;                                                 // shown, and not drawn just now
  void draw(std::optional<double> share, const std::string& text);  // no share: no bar
  void wipe() const;
  double ms() const { return watch_.ms(); }

 private:
  Style style_;
  bool shown_;
  Stopwatch watch_;
  double drawn_ms_ = -1e9;
};

// Of images.
class Progress {
 public:
  // total: none where it is not known.
  Progress(std::optional<std::size_t> total, const Style& style) : total_(total), line_(style) {}

  void advance(std::size_t done, std::size_t failures);  // failures: in all, so far
  void finish() const { line_.wipe(); }

 private:
  std::optional<std::size_t> total_;
  std::size_t done_ = 0;
  ProgressLine line_;
};

// Of bytes that arrive.
class DownloadProgress {
 public:
  explicit DownloadProgress(const Style& style) : line_(style) {}

  void advance(std::uint64_t done, std::uint64_t total);  // so far, and in all
  void finish() const { line_.wipe(); }

 private:
  std::optional<std::uint64_t> first_;  // what was there before
  ProgressLine line_;
};

}  // namespace alexnet::app
