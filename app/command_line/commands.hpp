// The table of commands. Each has a set-up function that declares its options and sets what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "print/text.hpp"
#include "run/exit_status.hpp"

namespace alexnet::app {

using Command = std::function<int()>;

// Options that every command takes.
struct Global {
  ColorMode color = ColorMode::automatic;
};

struct Example {
  const char* line;  // for a shell
  const char* what;  // one line
};

// A row of the table.
struct CommandEntry {
  const char* name;
  const char* group;  // "": not shown in help, manual pages and completions
  const char* summary;
  // Declares the options. Parsing then sets `run`, which must outlive `command`.
  void (*set_up)(CLI::App& command, const Global& global, Command& run);
  std::vector<Example> examples;
};

// Returns the table: help, manual pages, completions and tests are made from it.
const std::vector<CommandEntry>& command_table();
// Returns the row of this name, or null.
const CommandEntry* find_command(std::string_view name);
// Returns examples of command lines without a command.
const std::vector<Example>& program_examples();

// Declares all commands on `cli`. Parsing then sets `global` and `run`, which must outlive `cli`.
void setup_commands(CLI::App& cli, Global& global, Command& run);

// Prints what parsing ended with: help or version on standard output, an error on standard error. Returns the
// exit status. words: the command line.
int exit_from_parsing(const CLI::App& cli, const CLI::ParseError& error,
                      const std::vector<std::string>& words);

void setup_classify(CLI::App& command, const Global& global, Command& run);
void setup_batch(CLI::App& command, const Global& global, Command& run);
void setup_merge(CLI::App& command, const Global& global, Command& run);
void setup_evaluate(CLI::App& command, const Global& global, Command& run);
void setup_time(CLI::App& command, const Global& global, Command& run);
void setup_explain(CLI::App& command, const Global& global, Command& run);
void setup_filters(CLI::App& command, const Global& global, Command& run);
void setup_features(CLI::App& command, const Global& global, Command& run);
void setup_inspect(CLI::App& command, const Global& global, Command& run);
void setup_convert(CLI::App& command, const Global& global, Command& run);
void setup_fetch(CLI::App& command, const Global& global, Command& run);
void setup_completion(CLI::App& command, const Global& global, Command& run);
void setup_man(CLI::App& command, const Global& global, Command& run);

}  // namespace alexnet::app
