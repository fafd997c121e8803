#include "batch/list/listing.hpp"

#include <CLI/CLI.hpp>
#include <map>

#include "command_line/options.hpp"

namespace alexnet::app {

void add_listing_options(CLI::App& command, ListingOptions& options) {
  command.add_option("PATH", options.paths, "Folders and image files, or - for an image on standard input");
  command.add_flag("-r,--recursive", options.recursive, "Include folders inside folders");
  CLI::Option* const files_from =
      command
          .add_option("--files-from", options.files_from,
                      "Read file names, one per line, from a file or FIFO, or - for standard input")
          ->type_name("FILE");
  command.add_flag("-0,--null", options.null, "Read names that end in NUL, as find -print0 writes them")
      ->needs(files_from);
  static const std::map<std::string, Order> kOrders{{"natural", Order::natural}, {"none", Order::none}};
  command
      .add_option_function<std::string>(
          "--order", [&options](const std::string& name) { options.order = kOrders.at(name); },
          "Sort by name: natural (img2 before img10) or none. Default: natural")
      ->check(one_of("order", {"natural", "none"}))
      ->type_name("ORDER");
  command
      .add_option_function<std::string>(
          "--shard", [&options](const std::string& text) { options.shard = parse_shard(text); },
          "Process part I of N of the list, or auto or auto/N in a job array")
      ->type_name("I/N");
  add_detail(
      command,
      "--order none starts with the first image that the system lists, instead of reading the whole list "
      "first.");
  add_detail(
      command,
      "The shard of an image depends only on its path. --shard auto takes I and N from a Slurm job array; "
      "auto/4 takes I from Slurm or from JOB_COMPLETION_INDEX of Kubernetes.");
}

}  // namespace alexnet::app
