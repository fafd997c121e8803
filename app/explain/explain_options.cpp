#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "alexnet/error.hpp"
#include "command_line/options.hpp"
#include "core/escape_for_terminal.hpp"
#include "explain/explain.hpp"

namespace alexnet::app {
namespace {

// Parses a row and a column: "3,4". Throws UsageError if the text is anything else.
Position parse_position(const std::string& text) {
  Position position;
  const char* const end = text.data() + text.size();
  const auto [comma, error] = std::from_chars(text.data(), end, position.y);
  if (error == std::errc() && comma != end && *comma == ',') {
    const auto [stop, second] = std::from_chars(comma + 1, end, position.x);
    if (second == std::errc() && stop == end && position.y >= 0 && position.x >= 0) return position;
  }
  throw UsageError("--at: invalid position " + in_quotes(text) +
                   " (expected a row and a column from 0, such as 3,4)");
}

}  // namespace

void setup_explain(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<ExplainOptions>();
  command.add_option("LAYER", options->layer, "Name of the layer; alexnet inspect lists them")->required();
  command.add_option("IMAGE", options->image,
                     "Photo, or a .json file with the tensor \"input\". Default: the model's own");
  command
      .add_option_function<std::string>(
          "--at", [options](const std::string& text) { options->output.at = parse_position(text); },
          "Explain the output at this row and column, from 0. Default: the maximum")
      ->type_name("Y,X");
  command
      .add_option("--channel", options->output.channel,
                  "Explain this output channel. Default: the maximum at the position")
      ->check(whole_number(0, 1 << 20))
      ->type_name("C");
  command.add_option("--html", options->html, "Also write an HTML page with drawings")->type_name("FILE");
  command.add_flag("--json", options->json, "Print one JSON object with every number");
  add_model_options(command, options->model);
  add_random_weights_option(command, options->seed);
  add_threads_option(command, options->threads);
  add_detail(command, "Without IMAGE, and if the model has no input.json, only the sizes are explained.");
  command.callback([options, &global, &run] {
    run = [options, &global] {
      return with_threads(options->threads, [&] { return run_explain(*options, global.color); });
    };
  });
}

}  // namespace alexnet::app
