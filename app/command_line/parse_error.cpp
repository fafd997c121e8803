#include "command_line/parse_error.hpp"

#include <cstdio>

#include "command_line/help.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"

namespace alexnet::app {
namespace {

std::string unknown_command(const CLI::App& cli, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* command : shown_commands(cli)) known.push_back(command->get_name());
  const std::string advice = did_you_mean(nearest(word, known));
  return "unknown command " + in_quotes(word) +
         (advice.empty() ? ", and no file or folder has this name" : advice);
}

std::string unexpected_word(const CLI::App& cli, const CLI::App& command, const std::string& word) {
  if (word.size() < 2 || word.front() != '-') return "unexpected argument " + in_quotes(word);
  std::vector<std::string> known;
  for (const CLI::Option* option : shown_options(cli, command))
    for (const std::string& name : names_of(*option)) known.push_back(name);
  const std::string name = word.substr(0, word.find('='));
  return "unknown option " + in_quotes(name) +
         (name.starts_with("--") ? did_you_mean(nearest(name, known)) : "");
}

// Returns the message of an error of CLI11, "NAME BETWEEN OTHER", with other words between the names.
std::string with_words(std::string message, const std::string& between, const std::string& words) {
  const std::size_t at = message.find(between);
  return at == std::string::npos ? message : message.replace(at, between.size(), words);
}

std::string wrong_number_of_values(const std::string& message) {
  const std::string name = message.substr(0, message.find_first_of(": "));
  if (message.ends_with(" missing")) return name + " needs a value";
  if (message.ends_with("disallowed flag override")) return name + " takes no value";
  return message.find("At Most") != std::string::npos ? name + " may be given only once" : message;
}

// Rewrites "Could not convert: NAME = VALUE".
std::string wrong_value(const std::string& message) {
  const std::size_t name = message.find(": ");
  const std::size_t value = message.find(" = ");
  if (name == std::string::npos || value == std::string::npos || value < name) return message;
  return "invalid value " + in_quotes(message.substr(value + 3)) + " for " +
         message.substr(name + 2, value - name - 2);
}

// Returns the message with the name of an option as it was typed: "-k" for "--top-k".
std::string with_typed_names(const CLI::App& command, std::string message,
                             const std::vector<std::string>& words) {
  const auto is_typed = [&](const std::string& name) {
    return std::ranges::any_of(words, [&](const std::string& word) {
      return word == name || word.starts_with(name + "=") || (name.size() == 2 && word.starts_with(name));
    });
  };
  for (const CLI::Option* option : command.get_options()) {
    const std::vector<std::string> names = names_of(*option);
    const auto typed = std::ranges::find_if(names, is_typed);
    const std::string name = option->get_name();
    const std::size_t at = (" " + message).find(" " + name);
    if (typed == names.end() || at == std::string::npos || is_typed(name)) continue;
    const std::size_t end = at + name.size();
    if (end == message.size() || message[end] == ' ' || message[end] == ':')
      message.replace(at, name.size(), *typed);
  }
  return message;
}

template <class Error>
bool is(const CLI::ParseError& error) {
  return dynamic_cast<const Error*>(&error) != nullptr;
}

}  // namespace

std::string parse_error_text(const CLI::App& cli, const CLI::ParseError& error,
                             const std::vector<std::string>& words) {
  const std::vector<CLI::App*> chosen = cli.get_subcommands();
  const std::vector<std::string> rest = cli.remaining(true);
  std::string message = with_typed_names(chosen.empty() ? cli : *chosen.front(), error.what(), words);
  if (!rest.empty() && rest.front() == "help" && words.front() == "help")
    return "unknown command 'help'; use " +
           in_quotes("alexnet " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help");
  if (chosen.empty() && !rest.empty())
    return rest.front().starts_with("-") ? unexpected_word(cli, cli, rest.front())
                                         : unknown_command(cli, rest.front());
  if (is<CLI::ExtrasError>(error) && !rest.empty())
    return unexpected_word(cli, *chosen.front(), rest.front());
  if (is<CLI::RequiredError>(error))
    return chosen.empty() ? "name a command, a photo or a folder"
                          : with_words(message, " is required", " is missing");
  if (is<CLI::ExcludesError>(error)) return with_words(message, " excludes ", " cannot be combined with ");
  if (is<CLI::RequiresError>(error)) return with_words(message, " requires ", " needs ");
  if (is<CLI::ArgumentMismatch>(error)) return wrong_number_of_values(message);
  if (is<CLI::ConversionError>(error)) return wrong_value(message);
  return message;
}

void print_hint(const std::string& command) {
  std::fprintf(stderr, "Run 'alexnet%s --help' for more information.\n",
               (command.empty() ? "" : " " + command).c_str());
}

}  // namespace alexnet::app
