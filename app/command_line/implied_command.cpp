#include "command_line/implied_command.hpp"

#include <algorithm>
#include <filesystem>

#include "command_line/commands.hpp"

namespace alexnet::app {
namespace {

// Parses the words as options and arguments of `command` and returns the arguments. argument: their name in
// its help.
std::vector<std::string> arguments_of(const char* command, const char* argument,
                                      std::vector<std::string> words) {
  CLI::App cli;
  Global global;
  Command run;
  setup_commands(cli, global, run);
  words.insert(words.begin(), command);
  std::ranges::reverse(words);  // CLI11 takes words from the back
  try {
    cli.parse(std::move(words));
  } catch (const std::exception&) {
    // The command line is parsed again later, and reports the error then.
  }
  return cli.get_subcommand(command)->get_option(argument)->results();
}

}  // namespace

std::vector<std::string> with_implied_command(const CLI::App& cli, std::vector<std::string> words) {
  const auto is_command = [&](const std::string& word) {
    return !cli.get_subcommands([&](const CLI::App* command) { return command->get_name() == word; }).empty();
  };
  if (words.empty() || is_command(words.front())) return words;
  std::error_code ignored;
  const auto is_folder = [&](const std::string& word) {
    return std::filesystem::is_directory(word, ignored);
  };
  std::vector<std::string> arguments = arguments_of("batch", "PATH", words);
  const bool folders = std::ranges::any_of(arguments, is_folder);
  if (!folders) arguments = arguments_of("classify", "IMAGE", words);
  if (arguments.empty() || is_command(arguments.front()) ||
      !std::filesystem::exists(arguments.front(), ignored))
    return words;
  words.insert(words.begin(), folders ? "batch" : "classify");
  return words;
}

}  // namespace alexnet::app
