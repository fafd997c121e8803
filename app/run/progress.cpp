#include "run/progress.hpp"

#include <unistd.h>

#include <algorithm>
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

bool ProgressLine::due() const {
  constexpr double kBetween_ms = 100;
  return shown_ && watch_.ms() - drawn_ms_ >= kBetween_ms;
}

void ProgressLine::draw(std::optional<double> share, const std::string& text) {
  constexpr int kBarWidth = 20;
  drawn_ms_ = watch_.ms();
  const std::string drawn = share ? bar(style_, *share, kBarWidth) + " " + percent(*share) + "  " : "";
  std::fprintf(stderr, "\r\x1b[K%s%s", drawn.c_str(), text.c_str());
}

void ProgressLine::wipe() const {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::advance(std::size_t done, std::size_t failures) {
  done_ += done;
  if (!line_.due()) return;
  const double rate = static_cast<double>(done_) / line_.ms() * 1000;
  const std::string speed = number(rate) + " images/s";
  const std::string failed = failures > 0 ? ", " + std::to_string(failures) + " failed" : "";
  if (!total_) return line_.draw(std::nullopt, std::to_string(done_) + " images, " + speed + failed);
  line_.draw(static_cast<double>(done_) / static_cast<double>(*total_),
             std::to_string(done_) + " of " + std::to_string(*total_) + ", " + speed + ", " +
                 clock_text(static_cast<double>(*total_ - done_) / rate) + " left" + failed);
}

void DownloadProgress::advance(std::uint64_t done, std::uint64_t total) {
  if (!first_ || done < *first_) first_ = done;
  if (!line_.due()) return;
  total = std::max(total, done);
  const double rate = static_cast<double>(done - *first_) / line_.ms() * 1000;
  line_.draw(total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total),
             bytes(static_cast<double>(done)) + " of " + bytes(static_cast<double>(total)) + ", " +
                 bytes(rate) + "/s" +
                 (rate > 0 ? ", " + clock_text(static_cast<double>(total - done) / rate) + " left" : ""));
}

}  // namespace alexnet::app
