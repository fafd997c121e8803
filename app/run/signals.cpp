#include "run/signals.hpp"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iostream>

#include "run/exit_status.hpp"

namespace alexnet::app {
namespace {

std::atomic<int> signal_received = 0;
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic_flag bus_error_told;

void on_bus_error(int) {
  while (bus_error_told.test_and_set()) pause();  // another thread is ending the process
  constexpr char kMessage[] =
      "alexnet: a weights file was truncated, or its disk failed, while it was read\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  _exit(kUsageError);
}

void on_interrupt(int signal) { signal_received = signal; }

}  // namespace

void prepare_for_faults() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // write() fails with EFBIG instead
  std::signal(SIGBUS, on_bus_error);
  std::cerr.setstate(std::ios::failbit);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: a waiting read fails with EINTR
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int interrupted() { return signal_received; }

std::optional<ssize_t> read_unless_stopped(int fd, void* bytes, std::size_t size,
                                           const std::stop_token& stop) {
  constexpr int kWait_ms = 100;  // another thread may get the signal, and then poll() goes on waiting
  while (!stop.stop_requested() && interrupted() == 0) {
    pollfd waits{fd, POLLIN, 0};
    const int ready = poll(&waits, 1, kWait_ms);
    const ssize_t got = ready > 0 ? read(fd, bytes, size) : ready;
    if (ready != 0 && (got >= 0 || (errno != EINTR && errno != EAGAIN))) return got;
  }
  return std::nullopt;
}

}  // namespace alexnet::app
