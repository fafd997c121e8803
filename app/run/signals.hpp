// What the outside world does to a process, turned into messages and statuses.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <stop_token>

namespace alexnet::app {

// A closed pipe and a file at its size limit become failed writes; a mapped file that was cut short becomes
// one line and status 2; OpenCV's own complaints on std::cerr are kept off the screen, since our errors carry
// the reason.
void prepare_for_faults();

// From here on the first SIGINT and the first SIGTERM do not end the process but are remembered; a second one does.
void catch_interrupts();

// The signal that came, or 0.
int interrupted();

// Waits for input and reads at most `size` bytes of it, as read(2) does: returns 0 at the end, and -1 with errno if it
// fails. Returns nothing if a signal comes or `stop` is requested, even if the input never ends or never begins.
std::optional<ssize_t> read_unless_stopped(int fd, void* bytes, std::size_t size,
                                           const std::stop_token& stop = {});

}  // namespace alexnet::app
