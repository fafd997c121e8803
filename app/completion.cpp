// Completions for shells, made from the commands' own declarations so that they cannot differ from --help.
#include <algorithm>

#include "commands.hpp"
#include "report/output.hpp"

namespace alexnet::app {
namespace {

bool hidden(const CLI::App* command) { return command->get_group().empty(); }

std::vector<const CLI::App*> commands_of(const CLI::App& cli) {
  std::vector<const CLI::App*> commands = cli.get_subcommands([](const CLI::App* c) { return !hidden(c); });
  return commands;
}

std::string names_of(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_snames()) names += "-" + name + " ";
    for (const std::string& name : option->get_lnames()) names += "--" + name + " ";
  }
  return names;
}

std::string bash(const CLI::App& cli) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : commands_of(cli)) {
    commands += command->get_name() + " ";
    cases += "    " + command->get_name() + ") words=\"" + names_of(*command) + names_of(cli) + "\" ;;\n";
  }
  return R"BASH(# bash completion for alexnet
_alexnet() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= words= word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word != -* ]] && { command=$word; break; }
  done
  case $previous in
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "text jsonl csv" -- "$current")); return ;;
    -m|--model|inspect)
      COMPREPLY=($(compgen -W "$(alexnet inspect --color never 2>/dev/null | sed '1d; s/ .*//')" -- "$current")
                 $(compgen -f -- "$current"))
      return ;;
  esac
  case $command in
    "") words=")BASH" +
         commands + names_of(cli) + R"BASH(" ;;
)BASH" + cases +
         R"BASH(  esac
  if [[ -n $command && $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o filenames -F _alexnet alexnet
)BASH";
}

// Text inside a zsh specification in single quotes.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_options(const CLI::App& command) {
  std::string specs;
  for (const CLI::Option* option : command.get_options()) {
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : names) {
      std::string action;
      if (name == "--color") {
        action = ":when:(auto always never)";
      } else if (name == "--format") {
        action = ":format:(text jsonl csv)";
      } else if (name == "-m" || name == "--model") {
        action = ":model:_alexnet_models";
      } else if (option->get_items_expected_max() > 0) {
        action = ":value:_files";
      }
      specs += "        '" + name + "[" + zsh_text(option->get_description()) + "]" + action + "' \\\n";
    }
  }
  return specs;
}

std::string zsh(const CLI::App& cli) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(cli)) {
    names += "    '" + command->get_name() + ":" + zsh_text(command->get_description()) + "'\n";
    const bool takes_model = command->get_name() == "inspect";
    cases += "    " + command->get_name() + ")\n      _arguments \\\n" + zsh_options(*command) +
             zsh_options(cli) + "        '*:" + (takes_model ? "model:_alexnet_models" : "file:_files") +
             "' ;;\n";
  }
  return "#compdef alexnet\n"
         "_alexnet_models() {\n"
         "  local -a models\n"
         "  models=(${(f)\"$(alexnet inspect --color never 2>/dev/null | sed '1d; s/ .*//')\"})\n"
         "  compadd -a models; _files\n"
         "}\n"
         "_alexnet() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         names +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words; (( CURRENT-- ))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "_alexnet \"$@\"\n";
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
      out.close();
      return kWell;
    };
  });
}

}  // namespace alexnet::app
