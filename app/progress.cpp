#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace alexnet::app {
namespace {

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  return text;
}

}  // namespace

bool error_is_terminal() { return isatty(STDERR_FILENO) != 0; }

Progress::Progress(std::size_t total, const Style& style)
    : total_(total), style_(style), shown_(error_is_terminal()) {}

void Progress::advance(std::size_t done, std::size_t failures) {
  constexpr double kBetween_ms = 100;
  constexpr int kBarWidth = 20;
  done_ += done;
  const double now = watch_.ms();
  if (!shown_ || now - drawn_ms_ < kBetween_ms) return;
  drawn_ms_ = now;
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  const double rate = static_cast<double>(done_) / now * 1000;
  const std::string line = bar(style_, share, kBarWidth) + " " + percent(share) + "  " +
                           std::to_string(done_) + " of " + std::to_string(total_) + ", " + number(rate) +
                           " images/s, " + clock_text(static_cast<double>(total_ - done_) / rate) + " left" +
                           (failures > 0 ? ", " + std::to_string(failures) + " failed" : "");
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
}

void Progress::finish() const {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

}  // namespace alexnet::app
