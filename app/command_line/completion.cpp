// Completion scripts for shells, generated from the commands' declarations so that they cannot differ from
// --help.
#include <algorithm>

#include "command_line/commands.hpp"
#include "print/stdout_writer.hpp"

namespace alexnet::app {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& cli) {
  return cli.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// Returns the command's own options and those that every command takes, each once.
std::vector<const CLI::Option*> options_of(const CLI::App& cli, const CLI::App& command) {
  const auto named = [](const CLI::Option* option) {
    return option->nonpositional() && !option->get_group().empty();
  };
  std::vector<const CLI::Option*> options = command.get_options(named);
  if (&command == &cli) return options;
  for (const CLI::Option* option : cli.get_options(named))
    if (option != cli.get_help_ptr()) options.push_back(option);
  return options;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : separator) + word;
  return joined;
}

std::string command_names(const CLI::App& cli, const std::string& separator) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(cli)) names.push_back(command->get_name());
  return join(names, separator);
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Possible values of an option: models, files or a list of choices.
struct Values {
  bool models = false;
  bool files = false;
  std::string choices;  // separated by spaces
};

// Reads them from the type that --help shows: MODEL, FILE, DIR, N:INT in [1 - 9], FORMAT:{text,jsonl,csv}.
Values values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  std::string choices;
  if (const auto from = type.find('{'), to = type.find('}'); from < to && to != std::string::npos)
    choices = type.substr(from + 1, to - from - 1);
  std::ranges::replace(choices, ',', ' ');
  return {type == "MODEL", type == "FILE" || type == "DIR", choices};
}

// Arguments of a command besides options: a model (inspect), a name in the catalogue (fetch) or files.
enum class Argument { model, published, file };

Argument argument_of(const CLI::App& command) {
  const auto takes = [&command](const char* name) {
    return !command.get_options([&](const CLI::Option* o) { return o->get_name(true) == name; }).empty();
  };
  return takes("MODEL") ? Argument::model : takes("NAME") ? Argument::published : Argument::file;
}

// ---- bash -------------------------------------------------------------------------------------------------

// Returns the script's case for one command. The values -models, -published and -files make the script look
// up names.
std::string bash_case(const CLI::App& cli, const CLI::App& command, const std::string& arguments) {
  std::vector<std::string> names;
  std::string arms;
  for (const CLI::Option* option : options_of(cli, command)) {
    const std::vector<std::string> own = names_of(*option);
    names.insert(names.end(), own.begin(), own.end());
    if (!takes_value(*option)) continue;
    const Values values = values_of(*option);
    arms += "        " + join(own, "|") + ") values='" +
            (values.models  ? "-models"
             : values.files ? "-files"
                            : values.choices) +
            "' ;;\n";
  }
  return "    " + (&command == &cli ? "''" : command.get_name()) + ")\n      options='" + join(names, " ") +
         "' values='" + arguments + "'\n      case $previous in\n" + arms + "      esac ;;\n";
}

std::string bash(const CLI::App& cli) {
  std::string cases = bash_case(cli, cli, command_names(cli, " "));
  const std::map<Argument, std::string> words{
      {Argument::model, "-models"}, {Argument::published, "-published"}, {Argument::file, "-files"}};
  for (const CLI::App* command : commands_of(cli))
    cases += bash_case(cli, *command, words.at(argument_of(*command)));
  return R"BASH(# bash completion for alexnet
_alexnet() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' options='' values='' word
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

// ---- zsh --------------------------------------------------------------------------------------------------

// Escapes text for a single-quoted zsh specification.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_options(const CLI::App& cli, const CLI::App& command) {
  std::string specs;
  for (const CLI::Option* option : options_of(cli, command)) {
    const std::string type = option->get_type_name();
    std::string action;
    if (takes_value(*option)) {
      const Values values = values_of(*option);
      action = (option->get_items_expected_min() == 0 ? "::" : ":") + type.substr(0, type.find(':')) + ":" +
               (values.models            ? "_alexnet_models"
                : values.files           ? "_files"
                : values.choices.empty() ? " "
                                         : "(" + values.choices + ")");
    }
    const std::vector<std::string> names = names_of(*option);
    for (const std::string& name : names)
      specs += " \\\n        '(" + join(names, " ") + ")" + name +
               (takes_value(*option) && name.starts_with("--") ? "=" : "") + "[" +
               zsh_text(option->get_description()) + "]" + action + "'";
  }
  return specs;
}

std::string zsh(const CLI::App& cli) {
  const std::map<Argument, std::string> actions{{Argument::model, "model:_alexnet_models"},
                                                {Argument::published, "name:_alexnet_published"},
                                                {Argument::file, "file:_files"}};
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(cli)) {
    names += "    '" + command->get_name() + ":" + zsh_text(command->get_description()) + "'\n";
    cases += "    " + command->get_name() + ")\n      _arguments" + zsh_options(cli, *command) +
             " \\\n        '*:" + actions.at(argument_of(*command)) + "' ;;\n";
  }
  return R"ZSH(#compdef alexnet
_alexnet_models() {
  local -a models
  models=(${${(f)"$($program inspect --color never 2>/dev/null)"}[2,-1]%% *})
  compadd -a models
  _files
}
_alexnet_published() {
  local -a names
  names=(${${(f)"$($program fetch --list --color never 2>/dev/null)"}[2,-1]%% *})
  compadd -a names
}
_alexnet_commands() {
  local -a commands
  commands=(
)ZSH" + names +
         R"ZSH(  )
  _describe command commands || _files  # alexnet photo.jpg
}
_alexnet() {
  local curcontext=$curcontext program=${(Q)words[1]} state
  local -a line
  _arguments -C)ZSH" +
         zsh_options(cli, cli) + R"ZSH( \
        '1: :_alexnet_commands' '*:: :->arguments' && return
  case $line[1] in
)ZSH" + cases +
         R"ZSH(  esac
}
if [[ $funcstack[1] == _alexnet ]]; then _alexnet "$@"; else compdef _alexnet alexnet; fi
)ZSH";
}

}  // namespace

void setup_completion(CLI::App& cli, Command& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = cli.add_subcommand("completion", "Print the completion script of a shell")->group("");
  command->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([shell, &cli, &run] {
    run = [shell, &cli] {
      Output out;
      out.write(*shell == "bash" ? bash(cli) : zsh(cli));
      out.flush();
      return kWell;
    };
  });
}

}  // namespace alexnet::app
