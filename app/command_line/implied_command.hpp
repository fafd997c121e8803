// Calls without a command: alexnet photo.jpg, alexnet photos/.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace alexnet::app {

// Returns the words of the call with the command that they leave out: batch if a folder is among them, else classify. Returns
// them as they are if their first word that belongs to no option is a command of `cli` or is not an existing file.
std::vector<std::string> with_implied_command(const CLI::App& cli, std::vector<std::string> words);

}  // namespace alexnet::app
