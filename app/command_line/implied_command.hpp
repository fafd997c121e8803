// Command lines without a command: alexnet photo.jpg, alexnet photos/.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace alexnet::app {

// Inserts the implied command: batch if an argument is a folder, else classify. An argument is a word that is
// neither an option nor the value of one. Returns the words unchanged if the first argument is a command of
// `cli`, or if no file or folder of its name exists.
std::vector<std::string> with_implied_command(const CLI::App& cli, std::vector<std::string> words);

}  // namespace alexnet::app
