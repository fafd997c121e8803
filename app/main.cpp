// The alexnet command: classifies photos and shows where the time goes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>

#include "command_line/commands.hpp"
#include "command_line/implied_command.hpp"
#include "core/error.hpp"
#include "print/stdout_writer.hpp"
#include "run/signals.hpp"

namespace {

int complain(const std::string& message, int status) {
  alexnet::app::print_message(message);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace alexnet;
  app::prepare_for_faults();
  CLI::App cli;
  app::Global global;
  app::Command run;
  app::setup_commands(cli, global, run);
  try {
    std::vector<std::string> words = app::with_implied_command(cli, {argv + std::min(argc, 1), argv + argc});
    std::ranges::reverse(words);  // CLI11 takes words from the back
    cli.parse(std::move(words));
    return run();
  } catch (const CLI::ParseError& e) {
    return app::exit_from_parsing(cli, e);
  } catch (const OutputError& e) {
    return complain(e.what(), app::kOutputFailed);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory", app::kUsageError);
  } catch (const std::exception& e) {  // ModelError, invalid arguments
    return complain(e.what(), app::kUsageError);
  }
}
