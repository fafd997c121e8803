// The commands. Each has a setup function that declares its options and sets what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "print/text.hpp"
#include "run/exit_status.hpp"

namespace alexnet::app {

using Command = std::function<int()>;

// Options that every command takes.
struct Global {
  ColorMode color = ColorMode::automatic;
};

// Declares all commands on `cli`. Parsing then sets `global` and `run`, which must outlive `cli`.
void setup_commands(CLI::App& cli, Global& global, Command& run);

void setup_classify(CLI::App& cli, const Global& global, Command& run);
void setup_time(CLI::App& cli, const Global& global, Command& run);
void setup_batch(CLI::App& cli, const Global& global, Command& run);
void setup_merge(CLI::App& cli, Command& run);
void setup_evaluate(CLI::App& cli, const Global& global, Command& run);
void setup_inspect(CLI::App& cli, const Global& global, Command& run);
void setup_explain(CLI::App& cli, const Global& global, Command& run);
void setup_filters(CLI::App& cli, Command& run);
void setup_features(CLI::App& cli, const Global& global, Command& run);
void setup_convert(CLI::App& cli, const Global& global, Command& run);
void setup_fetch(CLI::App& cli, const Global& global, Command& run);
void setup_completion(CLI::App& cli, Command& run);

// Prints what parsing ended with: help or version on standard output, an error on standard error. Returns the
// exit status.
int exit_from_parsing(const CLI::App& cli, const CLI::ParseError& error);

}  // namespace alexnet::app
