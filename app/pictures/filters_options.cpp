#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/options.hpp"
#include "pictures/filters.hpp"

namespace alexnet::app {

void setup_filters(CLI::App& command, const Global& /*global*/, Command& run) {
  auto options = std::make_shared<FiltersOptions>();
  command.add_option("--layer", options->layer, "Draw this convolution. Default: the first")
      ->type_name("NAME");
  add_picture_options(command, options->output, options->zoom);
  command
      .add_option("--kernels", options->kernels, "Draw this many kernels. Default: all in colour, 32 in grey")
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  command
      .add_option("--channels", options->channels,
                  "Draw this many input channels per kernel in grey. Default: 32")
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  add_model_options(command, options->model);
  add_random_weights_option(command, options->seed);
  add_detail(
      command,
      "Kernels of the first layer are drawn in colour, others in grey: a row for each kernel, a column for "
      "each input channel. Middle grey is 0. Each kernel has its own scale, from minus to plus its largest "
      "magnitude.");
  command.callback([options, &run] { run = [options] { return run_filters(*options); }; });
}

}  // namespace alexnet::app
