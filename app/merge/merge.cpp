#include "command_line/commands.hpp"

#include <cstdio>
#include <memory>

#include "batch/output/sqlite_schema.hpp"
#include "command_line/options.hpp"
#include "merge/databases.hpp"
#include "merge/records.hpp"
#include "run/overwrite_guard.hpp"
#include "run/session.hpp"

namespace alexnet::app {
namespace {

struct MergeOptions {
  std::string output;
  std::vector<std::string> inputs;
  bool overwrite = false;
};

int merge(const MergeOptions& options) {
  OverwriteGuard guard;
  guard.add_results(options.output);
  for (const std::string& file : options.inputs) {
    guard.check_input(file);
    guard.check_input(journal_name(file));
  }
  const auto join = is_database(options.inputs.front()) ? merge_databases : merge_records;
  const Merged merged =
      join(options.output, options.inputs, options.overwrite ? Existing::overwrite : Existing::refuse);
  std::fprintf(stderr, "%s, %s, %s failed\n",
               counted(static_cast<std::int64_t>(options.inputs.size()), "shard", "shards").c_str(),
               counted(static_cast<std::int64_t>(merged.images), "image", "images").c_str(),
               grouped(static_cast<std::int64_t>(merged.failures)).c_str());
  return kWell;
}

}  // namespace

void setup_merge(CLI::App& command, const Global& /*global*/, Command& run) {
  auto options = std::make_shared<MergeOptions>();
  command.add_option("OUT", options->output, "File to write")->required();
  command.add_option("IN", options->inputs, "Outputs of the shards, in any order")->required();
  command.add_flag("--overwrite", options->overwrite, "Replace OUT if it exists");
  add_detail(
      command,
      "The shards must come from one model, one list and the same options, and be complete. Their journals "
      "must lie beside them. The result is what one run would have written.");
  command.callback([options, &run] { run = [options] { return merge(*options); }; });
}

}  // namespace alexnet::app
