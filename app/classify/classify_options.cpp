#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "alexnet/error.hpp"
#include "classify/classify.hpp"
#include "command_line/options.hpp"

namespace alexnet::app {
namespace {

void check_why(const ClassifyOptions& options) {
  const std::string& file = options.why;
  if (file.empty()) return;
  if (options.images.size() != 1)
    throw UsageError("--why: takes one image, not " + std::to_string(options.images.size()));
  if (options.reading.crops > 1) throw UsageError("--why cannot be combined with --crops 10");
}

}  // namespace

void setup_classify(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<ClassifyOptions>();
  command.add_option("IMAGE", options->images, "Image files, or - for standard input")->required();
  command.add_option("-k,--top-k", options->k, "Print this many predictions for each image")
      ->capture_default_str()
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  command.add_flag("--json", options->json, "Print one JSON object per image");
  command.add_flag("--time", options->time, "Add the time of each layer in this run");
  command
      .add_option("--dump-input", options->dump_input,
                  "Write the input of the network: pixels (.png) or numbers (.safetensors)")
      ->check(has_extension({".png", ".safetensors"}))
      ->type_name("FILE");
  command
      .add_option("--why", options->why,
                  "Draw which regions of the photo the best prediction depends on, as .png")
      ->check(has_extension({".png"}))
      ->type_name("FILE");
  add_reading_options(command, options->reading);
  add_model_options(command, options->model);
  add_engine_options(command, options->engine);
  add_threads_option(command, options->threads);
  add_detail(command,
             "--why covers a square of the photo with grey and draws by how much the probability falls.");
  command.callback([options, &global, &run] {
    const std::string& file = options->dump_input;
    if (!file.empty() && options->images.size() != 1)
      throw UsageError("--dump-input: takes one image, not " + std::to_string(options->images.size()));
    if (file.ends_with(".png") && options->reading.crops > 1)
      throw UsageError("--dump-input: a .png file holds one crop, not 10; name a .safetensors file");
    check_why(*options);
    run = [options, &global] {
      return with_threads(options->threads, [&] { return run_classify(*options, global.color); });
    };
  });
}

}  // namespace alexnet::app
