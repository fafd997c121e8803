#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "command_line/options.hpp"
#include "time/time.hpp"

namespace alexnet::app {
namespace {

// Makes parsing refuse options that change the measurement together with `from`.
void exclude_measuring_options(CLI::App& command, CLI::Option* from) {
  constexpr std::array<const char*, 7> kOfReports{"--from", "--compare", "--html", "--svg",
                                                  "--json", "--csv",     "--help"};
  for (CLI::Option* option : command.get_options())
    if (std::ranges::find(kOfReports, option->get_name()) == kOfReports.end()) from->excludes(option);
}

}  // namespace

void setup_time(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<TimeOptions>();
  command.add_option("IMAGE", options->image, "Photo to run on. Default: generated numbers");
  command.add_option("-n,--runs", options->runs, "Measure this many runs, plain and profiled in turn")
      ->capture_default_str()
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  command.add_option("--warmup", options->warmup, "Run this many times before measuring")
      ->capture_default_str()
      ->check(whole_number(0, 1000000))
      ->type_name("N");
  command.add_option("--batch", options->batch, "Process this many images in each run")
      ->capture_default_str()
      ->check(whole_number(1, 65536))
      ->type_name("N");
  command.add_flag("--counters", options->counters,
                   "Add cycles, instructions and cache misses if the kernel permits");
  auto* json = command.add_flag("--json", options->json, "Print the whole report as one JSON object");
  auto* csv = command.add_flag("--csv", options->csv, "Print the layers as CSV");
  csv->excludes(json);
  command.add_option("--html", options->html, "Also write an HTML page with drawings")->type_name("FILE");
  command.add_option("--svg", options->svg, "Draw the time by layer and by kind of layer as rings")
      ->type_name("FILE");
  command.add_option("--trace", options->trace, "Write a typical run as trace events for ui.perfetto.dev")
      ->type_name("FILE");
  CLI::Option* const from =
      command.add_option("--from", options->from, "Show an earlier report, saved with --json")
          ->type_name("FILE");
  command
      .add_option("--compare", options->compare, "Show what has changed since a report, saved with --json")
      ->excludes(csv)
      ->type_name("FILE");
  add_model_options(command, options->model);
  add_engines_option(command, options->engines);
  add_conv_option(command, options->conv);
  add_random_weights_option(command, options->seed);
  add_threads_option(command, options->threads);
  exclude_measuring_options(command, from);
  command.callback([options, &global, &run] {
    run = [options, &global] {
      return with_threads(options->threads, [&] { return run_time(*options, global.color); });
    };
  });
}

}  // namespace alexnet::app
