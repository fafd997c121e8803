#include "command_line/completion.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "command_line/commands.hpp"
#include "command_line/help.hpp"
#include "command_line/options.hpp"
#include "print/stdout_writer.hpp"

namespace alexnet::app {
namespace {

struct Shell {
  const char* name;
  std::string (*script)(const CLI::App& cli);
};

constexpr std::array<Shell, 3> kShells{
    {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};

}  // namespace

Values values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  std::string choices;
  if (const auto from = type.find('{'), to = type.find('}'); from < to && to != std::string::npos)
    choices = type.substr(from + 1, to - from - 1);
  std::ranges::replace(choices, ',', ' ');
  const std::string name = value_name(option);
  return {name == "MODEL", name == "FILE" || name == "DIR", choices};
}

Argument argument_of(const CLI::App& command) {
  const auto takes = [&command](const char* name) {
    return !command.get_options([&](const CLI::Option* o) { return o->get_name(true) == name; }).empty();
  };
  return takes("MODEL") ? Argument::model : takes("NAME") ? Argument::published : Argument::file;
}

void setup_completion(CLI::App& command, const Global& /*global*/, Command& run) {
  auto chosen = std::make_shared<std::string>();
  std::vector<std::string> names;
  names.reserve(std::size(kShells));
  for (const Shell& shell : kShells) names.emplace_back(shell.name);
  command.add_option("SHELL", *chosen, "Shell: " + alternatives(names) + ". Default: list them")
      ->check(one_of("shell", names));
  command.callback([chosen, &command, &run] {
    run = [chosen, &command] {
      Output out;
      for (const Shell& shell : kShells) {
        if (chosen->empty()) out.write(std::string(shell.name) + "\n");
        if (*chosen == shell.name) out.write(shell.script(*command.get_parent()));
      }
      out.flush();
      return kWell;
    };
  });
}

}  // namespace alexnet::app
