// What the outside world does to a process, turned into messages and statuses.
#pragma once

namespace alexnet::app {

// A closed pipe and a file at its size limit become failed writes; a mapped file that was cut short becomes
// one line and status 2; OpenCV's own complaints on std::cerr are kept off the screen, since our errors carry
// the reason.
void prepare_for_faults();

// From here on the first SIGINT and the first SIGTERM do not end the process but are remembered; a second one does.
void catch_interrupts();

// The signal that came, or 0.
int interrupted();

}  // namespace alexnet::app
