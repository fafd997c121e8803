// The completion script for zsh.
#include "command_line/completion.hpp"
#include "command_line/help.hpp"

namespace alexnet::app {
namespace {

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
  for (const CLI::Option* option : shown_options(cli, command)) {
    std::string action;
    if (takes_value(*option)) {
      const Values values = values_of(*option);
      action = (option->get_items_expected_min() == 0 ? "::" : ":") + value_name(*option) + ":" +
               (values.models            ? "_alexnet_models"
                : values.files           ? "_files"
                : values.choices.empty() ? " "
                                         : "(" + values.choices + ")");
    }
    const std::vector<std::string> names = names_of(*option);
    for (const std::string& name : names)
      specs += " \\\n        '(" + CLI::detail::join(names, " ") + ")" + name +
               (takes_value(*option) && name.starts_with("--") ? "=" : "") + "[" +
               zsh_text(option->get_description()) + "]" + action + "'";
  }
  return specs;
}

}  // namespace

std::string zsh_completion(const CLI::App& cli) {
  const std::map<Argument, std::string> actions{{Argument::model, "model:_alexnet_models"},
                                                {Argument::published, "name:_alexnet_published"},
                                                {Argument::file, "file:_files"}};
  std::string names;
  std::string cases;
  for (const CLI::App* command : shown_commands(cli)) {
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

}  // namespace alexnet::app
