// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/session.hpp"

namespace alexnet::app {

void add_model_options(CLI::App& command, ModelChoice& choice);
void add_import_options(CLI::App& command, ImportOptions& options);
// --engine and --conv; a command that compares takes several engines, separated by commas.
void add_engine_options(CLI::App& command, EngineOptions& options);
void add_engines_option(CLI::App& command, std::vector<EngineKind>& chosen);
void add_conv_option(CLI::App& command, ConvMethod& conv);
void add_batch_size_option(CLI::App& command, int& batch_size);
// --random-weights; `seed` stays empty where it is not given.
void add_random_weights_option(CLI::App& command, std::optional<std::uint64_t>& seed);
void add_threads_option(CLI::App& command, int& threads);
// -o and --zoom of a command that draws; `zoom` stays 0 where it is not given.
void add_picture_options(CLI::App& command, std::string& output, int& zoom);
void add_reading_options(CLI::App& command, Reading& reading);

}  // namespace alexnet::app
