#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "fetch/fetch_command.hpp"

namespace alexnet::app {

void setup_fetch(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<FetchCommandOptions>();
  CLI::Option* name =
      command.add_option("NAME", options->name, "Name of a published model; --list shows them");
  CLI::Option* from =
      command
          .add_option("--from", options->how.from, "Convert this copy of the published file, do not download")
          ->type_name("FILE");
  CLI::Option* offline =
      command.add_flag("--offline", options->how.offline, "Use only what was downloaded before");
  command.add_flag("--list", options->list, "List the published models")
      ->excludes(name)
      ->excludes(from)
      ->excludes(offline);
  command.add_flag("--json", options->json, "Print JSON: one object, or one per line with --list");
  add_detail(command,
             "The file is checked against the checksum in the catalogue and converted; -m NAME then finds "
             "the model. "
             "A download that was interrupted continues where it stopped. Models are stored in "
             "$XDG_DATA_HOME/alexnet/models, or ~/.local/share/alexnet/models. A folder of models may have a "
             "catalogue.json of its own.");
  command.callback([options, name, &global, &run] {
    if (!options->list && name->count() == 0) throw UsageError("NAME is missing; --list shows the names");
    run = [options, &global] { return run_fetch(*options, global.color); };
  });
}

}  // namespace alexnet::app
