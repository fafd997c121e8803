// The completion script for bash.
#include "command_line/completion.hpp"
#include "command_line/help.hpp"

namespace alexnet::app {
namespace {

std::string command_names(const CLI::App& cli, const std::string& separator) {
  std::vector<std::string> names;
  for (const CLI::App* command : shown_commands(cli)) names.push_back(command->get_name());
  return CLI::detail::join(names, separator);
}

// Returns the script's case for one command. The values -models, -published and -files make the script look
// up names.
std::string bash_case(const CLI::App& cli, const CLI::App& command, const std::string& arguments) {
  std::vector<std::string> names;
  std::string arms;
  for (const CLI::Option* option : shown_options(cli, command)) {
    const std::vector<std::string> own = names_of(*option);
    names.insert(names.end(), own.begin(), own.end());
    if (!takes_value(*option)) continue;
    const Values values = values_of(*option);
    arms += "        " + CLI::detail::join(own, "|") + ") values='" +
            (values.models  ? "-models"
             : values.files ? "-files"
                            : values.choices) +
            "' ;;\n";
  }
  return "    " + (&command == &cli ? "''" : command.get_name()) + ")\n      options='" +
         CLI::detail::join(names, " ") + "' values='" + arguments + "'\n      case $previous in\n" + arms +
         "      esac ;;\n";
}

}  // namespace

std::string bash_completion(const CLI::App& cli) {
  std::string cases = bash_case(cli, cli, command_names(cli, " "));
  const std::map<Argument, std::string> words{
      {Argument::model, "-models"}, {Argument::published, "-published"}, {Argument::file, "-files"}};
  for (const CLI::App* command : shown_commands(cli))
    cases += bash_case(cli, *command, words.at(argument_of(*command)));
  return R"BASH(# bash completion for alexnet
_alexnet() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command='' options='' values='' word
  if [[ $current == '=' ]]; then current=''; fi  # --format=csv comes as three words
  if [[ $previous == '=' ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in )BASH" +
         command_names(cli, "|") + R"BASH() command=$word; break ;; esac
  done
  case $command in
)BASH" + cases +
         R"BASH(  esac
  if [[ $current == -* ]]; then values=$options; fi
  COMPREPLY=()
  case $values in
    -published) ;;
    -models|-files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *)
      mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current") ;;
  esac
  local table=''
  if [[ $values == -models ]]; then table='inspect'; fi
  if [[ $values == -published ]]; then table='fetch --list'; fi
  if [[ $table ]]; then
    while read -r word _; do
      if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
    done < <("$1" $table --color never 2>/dev/null | tail -n +2)
  fi
}
complete -o default -F _alexnet alexnet  # files if nothing else fits: alexnet photo.jpg
)BASH";
}

}  // namespace alexnet::app
