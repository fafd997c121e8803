// The completion script for fish.
#include "command_line/completion.hpp"
#include "command_line/help.hpp"

namespace alexnet::app {
namespace {

// Quotes text for fish.
std::string fish_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_values(const CLI::Option& option) {
  if (!takes_value(option) || option.get_items_expected_min() == 0) return "";
  const Values values = values_of(option);
  if (values.models) return " -r -F -a '(__alexnet_list inspect)'";
  if (values.files) return " -r -F";
  return " -x" + (values.choices.empty() ? "" : " -a " + fish_text(values.choices));
}

std::string fish_option(const CLI::Option& option, const std::string& condition) {
  std::string line = "complete -c alexnet" + condition;
  for (const std::string& name : option.get_snames()) line += " -s " + name;
  for (const std::string& name : option.get_lnames()) line += " -l " + name;
  return line + fish_values(option) + " -d " + fish_text(option.get_description()) + "\n";
}

}  // namespace

std::string fish_completion(const CLI::App& cli) {
  std::string script = R"FISH(# fish completion for alexnet
function __alexnet_command -d 'Print the command on the command line'
    for word in (commandline -opc)[2..-1]
        switch $word
            case )FISH";
  for (const CLI::App* command : shown_commands(cli)) script += command->get_name() + " ";
  script += R"FISH(
                echo $word
                return
        end
    end
end
function __alexnet_is -d 'Test for this command'
    test "$(__alexnet_command)" = "$argv"
end
function __alexnet_list -d 'Print the first column of a table that alexnet prints'
    set -l words (commandline -opc)
    $words[1] $argv --color never 2>/dev/null | tail -n +2 | string replace -r ' .*' ''
end
)FISH";
  const std::string no_command = " -n '__alexnet_is \"\"'";
  for (const CLI::App* command : shown_commands(cli))
    script += "complete -c alexnet" + no_command + " -a " + command->get_name() + " -d " +
              fish_text(command->get_description()) + "\n";
  for (const CLI::Option* option : shown_options(cli, cli)) script += fish_option(*option, no_command);
  for (const CLI::App* command : shown_commands(cli)) {
    const std::string condition = " -n '__alexnet_is " + command->get_name() + "'";
    const Argument argument = argument_of(*command);
    if (argument == Argument::model)
      script += "complete -c alexnet" + condition + " -a '(__alexnet_list inspect)'\n";
    if (argument == Argument::published)
      script += "complete -c alexnet" + condition + " -f -a '(__alexnet_list fetch --list)'\n";
    for (const CLI::Option* option : shown_options(cli, *command)) script += fish_option(*option, condition);
  }
  return script;
}

}  // namespace alexnet::app
