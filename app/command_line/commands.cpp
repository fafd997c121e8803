#include "command_line/commands.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "alexnet/version.hpp"
#include "command_line/help.hpp"
#include "command_line/options.hpp"
#include "command_line/parse_error.hpp"
#include "image/opencv_version.hpp"
#include "kernels/gemm.hpp"
#include "print/stdout_writer.hpp"

namespace alexnet::app {
namespace {

std::string version_text() {
  return "alexnet " + std::string(version()) + "\nCPU level  " +
         std::string(kernels::gemm_levels().back().name) + "\nEigen      " + kernels::eigen_version() +
         "\nOpenCV     " + image::opencv_version() + "\n";
}

void print_to_stdout(const std::string& text) {
  Output output;
  output.write(text);
  output.flush();
}

}  // namespace

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> kTable{
      {"classify",
       "Classify",
       "Classify photos",
       setup_classify,
       {{"alexnet classify photo.jpg", "Print the five most probable labels"},
        {"alexnet classify --why why.png photo.jpg", "Draw which regions the best prediction depends on"},
        {"alexnet classify --json - < photo.jpg", "Read the photo from standard input, print JSON"}}},
      {"batch",
       "Classify",
       "Classify every image in folders or lists",
       setup_batch,
       {{"alexnet batch photos/", "Print a line per image"},
        {"alexnet batch photos/ -o results.csv", "Write a table that --resume can continue"},
        {"alexnet batch photos/ --sort-into sorted", "Link each image into a folder of its label"},
        {"find photos -name '*.jpg' -print0 | alexnet batch --files-from - -0", "Take the names from find"}}},
      {"merge",
       "Classify",
       "Merge the outputs of batch --shard into one",
       setup_merge,
       {{"alexnet merge all.jsonl shard-*.jsonl", "Write what one run without --shard would write"}}},
      {"evaluate",
       "Classify",
       "Measure the accuracy of a model on labelled images",
       setup_evaluate,
       {{"alexnet evaluate val/", "Evaluate a folder that holds a folder of images for each class"},
        {"alexnet evaluate val.txt --images photos/ --confusion matrix.png",
         "Evaluate a list, draw the confusion matrix"}}},
      {"time",
       "Profile",
       "Measure the time of each layer",
       setup_time,
       {{"alexnet time", "Profile the default model"},
        {"alexnet time -m alexnet --runs 3 --random-weights", "Profile AlexNet without its weights"},
        {"alexnet time --engine eigen,packed", "Compare the engines"},
        {"alexnet time --json > before.json", "Save a report"},
        {"alexnet time --compare before.json --html time.html",
         "Show what has changed since, also as a page"},
        {"alexnet time --from before.json --svg time.svg", "Draw a saved report"}}},
      {"explain",
       "Understand",
       "Show how a layer computes its output, number by number",
       setup_explain,
       {{"alexnet explain -m worked-example conv",
         "Explain a convolution that is small enough to do by hand"},
        {"alexnet explain conv2 photo.jpg --html conv2.html", "Explain a layer on a photo, as a page"},
        {"alexnet explain -m alexnet norm1", "Explain a layer without a photo: sizes only"}}},
      {"filters",
       "Understand",
       "Draw the kernels of a convolution",
       setup_filters,
       {{"alexnet filters -o conv1.png", "Draw the kernels of the first convolution in colour"},
        {"alexnet filters --layer conv2 -o conv2.png", "Draw the kernels of a later one in grey"}}},
      {"features",
       "Understand",
       "Draw the feature maps of a layer for a photo, strongest first",
       setup_features,
       {{"alexnet features photo.jpg --layer relu1 -o relu1.png", "Draw the maps after the first ReLU"}}},
      {"inspect",
       "Models",
       "List the models, or show the layers of one",
       setup_inspect,
       {{"alexnet inspect", "List the models"}, {"alexnet inspect alexnet", "Show the layers of one"}}},
      {"convert",
       "Models",
       "Convert a model to one .safetensors or .onnx file",
       setup_convert,
       {{"alexnet convert tiny-alexnet -o tiny.onnx", "Write an ONNX file"},
        {"alexnet convert tiny-alexnet -o small.safetensors --dtype i8 --check photos/",
         "Store 8-bit weights, compare the predictions"}}},
      {"fetch",
       "Models",
       "Download a published model and convert it",
       setup_fetch,
       {{"alexnet fetch --list", "List the published models"},
        {"alexnet fetch alexnet", "Download one; -m alexnet then uses it"},
        {"alexnet fetch alexnet --from bvlc_alexnet.caffemodel", "Convert a file that is already here"}}},
      {"completion", "", "Print the completion script of a shell, or list the shells", setup_completion, {}},
      {"man", "", "Print a manual page, or list the pages", setup_man, {}}};
  return kTable;
}

const CommandEntry* find_command(std::string_view name) {
  const auto found = std::ranges::find(command_table(), name, &CommandEntry::name);
  return found == command_table().end() ? nullptr : &*found;
}

const std::vector<Example>& program_examples() {
  static const std::vector<Example> kExamples{{"alexnet photo.jpg", "Classify a photo"},
                                              {"alexnet photos/", "Classify every image in a folder"},
                                              {"alexnet batch --help", "Show the options of a command"}};
  return kExamples;
}

void setup_commands(CLI::App& cli, Global& global, Command& run) {
  cli.name("alexnet");
  cli.description("Classify photos, and show where the time goes");
  cli.require_subcommand(1);
  cli.fallthrough();
  cli.set_help_flag("-h,--help", "Print this help");
  cli.set_version_flag("--version", version_text, "Print the versions and the CPU level in use");
  static const std::map<std::string, ColorMode> kModes{
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  cli.add_option_function<std::string>(
         "--color", [&global](const std::string& mode) { global.color = kModes.at(mode); },
         "Colour the output: auto, always or never. Default: auto")
      ->check(one_of("colour mode", {"auto", "always", "never"}))
      ->type_name("WHEN");
  for (const CommandEntry& entry : command_table())
    entry.set_up(*cli.add_subcommand(entry.name, entry.summary)->group(entry.group), global, run);
  // Set last, because a command inherits the footer that its parent has.
  cli.footer("Without a command, a photo means classify and a folder means batch.");
}

int exit_from_parsing(const CLI::App& cli, const CLI::ParseError& error,
                      const std::vector<std::string>& words) {
  const std::vector<CLI::App*> chosen = cli.get_subcommands();
  const CLI::App* const command = chosen.empty() ? nullptr : chosen.front();
  if (error.get_exit_code() != 0) {
    print_message(parse_error_text(cli, error, words));
    print_hint(command == nullptr ? "" : command->get_name());
    return kUsageError;
  }
  try {
    const bool help = dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr;
    const bool terminal = Output().is_terminal();
    print_to_stdout(
        help ? help_text(help_page(cli, command), style_for(ColorMode::automatic, terminal).columns)
             : error.what());
  } catch (const OutputError& e) {
    print_message(e.what());
    return kOutputFailed;
  }
  return kWell;
}

}  // namespace alexnet::app
