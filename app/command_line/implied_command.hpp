// Command lines without a command: alexnet photo.jpg, alexnet photos/.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace alexnet::app {

// Inserts the command that the words leave out: batch if they include a folder, classify if not. Returns the
// words unchanged if the first one that belongs to no option is a command of `cli`, or names no existing file
// or folder.
std::vector<std::string> with_implied_command(const CLI::App& cli, std::vector<std::string> words);

}  // namespace alexnet::app
