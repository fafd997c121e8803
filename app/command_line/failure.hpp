// Messages and exit statuses for the exceptions that end the program.
#pragma once

#include <exception>
#include <string>

namespace alexnet::app {

struct Failure {
  std::string message;
  int status = 0;
};

// Returns what to print for the exception and the exit status. Adds what to do on the command line, which the
// library does not know. An exception that is not one of ours is an internal error.
Failure failure_of(const std::exception& error);

}  // namespace alexnet::app
