// Signal handling: SIGPIPE, SIGXFSZ, SIGBUS, SIGINT and SIGTERM.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <stop_token>

namespace alexnet::app {

// Installs the handlers for faults. Writes to a closed pipe (SIGPIPE) or beyond the file size limit (SIGXFSZ)
// fail with an error instead of a signal. If a mapped file is truncated (SIGBUS), the process prints one line
// and exits with status 2. Also silences std::cerr, to which OpenCV prints: the exceptions give the reasons.
void prepare_for_faults();

// From now on, the first SIGINT and the first SIGTERM only set what interrupted() returns. A second one of
// the same kind ends the process.
void catch_interrupts();

// Returns the last SIGINT or SIGTERM since catch_interrupts(), or 0.
int interrupted();

// Waits for input and reads up to `size` bytes. Returns the result of read(2): the number of bytes, 0 at the
// end, or -1 with errno. Returns none if a signal arrives or `stop` is requested, even while it waits.
std::optional<ssize_t> read_unless_stopped(int fd, void* bytes, std::size_t size,
                                           const std::stop_token& stop = {});

}  // namespace alexnet::app
