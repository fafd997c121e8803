// Messages for wrong command lines.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace alexnet::app {

// Returns the message for an error that parsing the command line ended with. words: the command line.
std::string parse_error_text(const CLI::App& cli, const CLI::ParseError& error,
                             const std::vector<std::string>& words);
// Prints on standard error how to see the options of the command, or the commands if it is "".
void print_hint(const std::string& command);

}  // namespace alexnet::app
