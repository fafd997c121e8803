#include "batch/sort/sorter.hpp"

#include <CLI/CLI.hpp>
#include <string>

#include "command_line/options.hpp"

namespace alexnet::app {

CLI::Option* add_sort_options(CLI::App& command, SortOptions& options) {
  CLI::Option* into =
      command
          .add_option("--sort-into", options.into,
                      "Put each image into DIR/LABEL of its best prediction, or DIR/unsure")
          ->check([](const std::string& name) { return std::string(name.empty() ? "names no folder" : ""); })
          ->type_name("DIR");
  const auto add = [&](const char* name, Placing how, const char* help) {
    return command
        .add_flag_callback(
            name, [&options, how] { options.how = how; }, help)
        ->needs(into);
  };
  CLI::Option* link = add("--link", Placing::link, "Make symbolic links to the images (default)");
  CLI::Option* copy = add("--copy", Placing::copy, "Copy the images; keep their times");
  CLI::Option* move = add("--move", Placing::move, "Move the images");
  link->excludes(copy)->excludes(move);
  copy->excludes(move);
  command.add_flag("--dry-run", options.dry_run, "Print where each image would go, and change nothing")
      ->needs(into);
  add_detail(
      command,
      "--sort-into puts images without a prediction that passes --min-prob and --label into DIR/unsure. It "
      "overwrites nothing.");
  return into;
}

}  // namespace alexnet::app
