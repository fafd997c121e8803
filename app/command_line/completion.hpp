// Completion scripts for shells, made from the declarations of the commands, so that they cannot differ from
// --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace alexnet::app {

std::string bash_completion(const CLI::App& cli);
std::string zsh_completion(const CLI::App& cli);
std::string fish_completion(const CLI::App& cli);

// Possible values of an option: models, files or a list of choices.
struct Values {
  bool models = false;
  bool files = false;
  std::string choices;  // separated by spaces
};

// Reads them from the type of the option: MODEL, FILE, DIR, FORMAT:{text,jsonl,csv}.
Values values_of(const CLI::Option& option);

// Arguments of a command besides options: a model (inspect), a name in the catalogue (fetch) or files.
enum class Argument { model, published, file };

Argument argument_of(const CLI::App& command);

}  // namespace alexnet::app
