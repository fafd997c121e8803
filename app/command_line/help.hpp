// The text of --help and of the manual pages, from the table of commands and the options that they declare.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "command_line/commands.hpp"

namespace alexnet::app {

struct HelpEntry {
  std::string name;  // "-k, --top-k N"
  std::string text;
};

struct HelpSection {
  std::string title;
  std::vector<HelpEntry> entries;
};

struct HelpPage {
  std::string name;  // "alexnet-batch"
  std::string usage;
  std::string summary;
  std::vector<HelpSection> commands;  // of the program's page
  std::vector<HelpSection> options;
  std::vector<std::string> details;  // paragraphs
  std::vector<Example> examples;
};

// Returns the page of a command of `cli`, or that of the program if `command` is null.
HelpPage help_page(const CLI::App& cli, const CLI::App* command);
// Returns the page as --help prints it, in at most `columns` columns, and never more than 100; 0: no limit
// but these 100.
std::string help_text(const HelpPage& page, std::size_t columns);

// Returns the page as manual page in roff, with the macros of man(7).
std::string manual_page(const HelpPage& page);

const std::vector<HelpEntry>& exit_statuses();

// ---- what help and completions read from a declaration ----------------------------------------------------

// Returns the commands that help shows.
std::vector<const CLI::App*> shown_commands(const CLI::App& cli);
// Returns the options of the command and those of every command, each once. `command` may be `cli`.
std::vector<const CLI::Option*> shown_options(const CLI::App& cli, const CLI::App& command);
// Returns "-k" and "--top-k".
std::vector<std::string> names_of(const CLI::Option& option);
bool takes_value(const CLI::Option& option);
// Returns the name of the value: "N", "FILE".
std::string value_name(const CLI::Option& option);

}  // namespace alexnet::app
