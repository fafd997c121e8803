#include <CLI/CLI.hpp>
#include <string>

#include "batch/sort/sorter.hpp"

namespace alexnet::app {

CLI::Option* add_sort_options(CLI::App& command, SortOptions& options) {
  CLI::Option* into =
      command
          .add_option("--sort-into", options.into,
                      "Put each image into DIR/LABEL, by its best answer, or DIR/unsure where --min-prob or "
                      "--label leaves that out; nothing is overwritten")
          ->check([](const std::string& name) { return std::string(name.empty() ? "names no folder" : ""); })
          ->type_name("DIR");
  const auto add = [&](const char* name, Placing how, const char* help) {
    return command
        .add_flag_callback(
            name, [&options, how] { options.how = how; }, help)
        ->needs(into);
  };
  CLI::Option* link = add("--link", Placing::link, "Sort by symbolic links to the images (the default)");
  CLI::Option* copy = add("--copy", Placing::copy, "Sort by copies, which keep the modification time");
  CLI::Option* move = add("--move", Placing::move, "Sort by moving the images");
  link->excludes(copy)->excludes(move);
  copy->excludes(move);
  command.add_flag("--dry-run", options.dry_run, "Say where each image would go, and leave it where it is")
      ->needs(into);
  return into;
}

}  // namespace alexnet::app
