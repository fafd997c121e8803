#include <CLI/CLI.hpp>
#include <map>

#include "batch/list/listing.hpp"

namespace alexnet::app {

void add_listing_options(CLI::App& command, ListingOptions& options) {
  command.add_option("PLACE", options.places,
                     "Folders and image files; - reads one image from standard input");
  command.add_flag("-r,--recursive", options.recursive, "Folders inside folders too");
  CLI::Option* const files_from =
      command
          .add_option("--files-from", options.files_from,
                      "A UTF-8 file or FIFO with a name on each line; - for standard input")
          ->type_name("FILE");
  command.add_flag("-0,--null", options.null, "Those names end in NUL, as find -print0 writes them")
      ->needs(files_from);
  static const std::map<std::string, Order> kOrders{{"natural", Order::natural}, {"none", Order::none}};
  command
      .add_option_function<std::string>(
          "--order", [&options](const std::string& name) { options.order = kOrders.at(name); },
          "natural: img2 before img10, after the whole list is read; none: as the system lists them, from "
          "the first on (default: natural)")
      ->check(CLI::IsMember({"natural", "none"}))
      ->type_name("ORDER");
  command
      .add_option_function<std::string>(
          "--shard", [&options](const std::string& text) { options.shard = parse_shard(text); },
          "A share of the list, 1/4 to 4/4, the same whatever else is listed; auto: by Slurm's job array, "
          "auto/4: by that or by Kubernetes' JOB_COMPLETION_INDEX")
      ->type_name("I/N");
}

}  // namespace alexnet::app
