#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/options.hpp"
#include "pictures/features.hpp"

namespace alexnet::app {

void setup_features(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<FeaturesOptions>();
  command.add_option("IMAGE", options->image, "Image file, or - for standard input")->required();
  command.add_option("--layer", options->layer, "Draw this layer; alexnet inspect lists them")
      ->required()
      ->type_name("NAME");
  add_picture_options(command, options->output, options->zoom);
  command.add_option("--maps", options->maps, "Draw and list this many maps. Default: all")
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  command.add_flag("--json", options->json, "Print the list as one JSON object");
  add_model_options(command, options->model);
  add_random_weights_option(command, options->seed);
  add_threads_option(command, options->threads);
  add_detail(
      command,
      "The maps are the output channels of the layer, sorted by maximum and listed on standard output. All "
      "share one scale, from 0 (black; negative numbers too) to the maximum of all.");
  command.callback([options, &global, &run] {
    run = [options, &global] {
      return with_threads(options->threads, [&] { return run_features(*options, global.color); });
    };
  });
}

}  // namespace alexnet::app
