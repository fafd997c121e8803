#include "command_line/commands.hpp"

#include <iostream>
#include <sstream>

#include "alexnet/version.hpp"
#include "core/error.hpp"
#include "core/nearest.hpp"
#include "image/image.hpp"
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

std::string unknown_command(const CLI::App& cli, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* command : cli.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  const std::string like = nearest(word, known);
  return "unknown command '" + word + "'" +
         (like.empty() ? ", and no file or folder has this name" : "; did you mean '" + like + "'?");
}

}  // namespace

void setup_commands(CLI::App& cli, Global& global, Command& run) {
  cli.name("alexnet");
  cli.description("Names what is in a photo, and shows where the time goes.");
  cli.footer(
      "Without a command, a photo means classify and a folder means batch.\n"
      "Exit status: 0 all well, 1 some images failed, 2 the call or the model is wrong,\n"
      "3 the output could not be written, 130 and 143 stopped by a signal.\n"
      "ALEXNET_MODELS holds further folders of models, separated by colons.\n\n"
      "Example:\n  alexnet photo.jpg\n  alexnet photos/\n  alexnet COMMAND --help");
  cli.require_subcommand(1);
  cli.fallthrough();
  cli.set_version_flag("--version", version_text, "Print the versions and the CPU level in use");
  static const std::map<std::string, ColorMode> kModes{
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  cli.add_option_function<std::string>(
         "--color", [&global](const std::string& mode) { global.color = kModes.at(mode); },
         "auto, always or never (default: auto; NO_COLOR is honoured)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  setup_classify(cli, global, run);
  setup_time(cli, global, run);
  setup_batch(cli, global, run);
  setup_merge(cli, run);
  setup_evaluate(cli, global, run);
  setup_inspect(cli, global, run);
  setup_explain(cli, global, run);
  setup_filters(cli, run);
  setup_features(cli, global, run);
  setup_convert(cli, global, run);
  setup_fetch(cli, global, run);
  setup_completion(cli, run);
}

int exit_from_parsing(const CLI::App& cli, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = cli.exit(error, out, err);
  if (status != 0) {
    const std::vector<std::string> unknown = cli.remaining();
    const bool no_command = cli.get_subcommands().empty() && !unknown.empty();
    const std::string message = no_command ? unknown_command(cli, unknown.front()) : error.what();
    print_message(message);
    std::fputs("Run with --help for more information.\n", stderr);
    return kUsageError;
  }
  try {
    Output output;
    output.write(out.str());
    output.flush();
  } catch (const OutputError& e) {
    print_message(e.what());
    return kOutputFailed;
  }
  return kWell;
}

}  // namespace alexnet::app
