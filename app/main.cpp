// The alexnet command: classifies photos and shows where the time goes.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "command_line/commands.hpp"
#include "command_line/failure.hpp"
#include "command_line/implied_command.hpp"
#include "print/stdout_writer.hpp"
#include "run/signals.hpp"

int main(int argc, char** argv) {
  using namespace alexnet;
  app::prepare_for_faults();
  CLI::App cli;
  app::Global global;
  app::Command run;
  app::setup_commands(cli, global, run);
  const std::vector<std::string> words =
      app::with_implied_command(cli, {argv + std::min(argc, 1), argv + argc});
  try {
    cli.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes words from the back
    return run();
  } catch (const CLI::ParseError& e) {
    return app::exit_from_parsing(cli, e, words);
  } catch (const std::exception& e) {
    const app::Failure failure = app::failure_of(e);
    app::print_message(failure.message);
    return failure.status;
  }
}
