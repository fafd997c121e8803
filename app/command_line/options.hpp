// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/session.hpp"

namespace alexnet::app {

// Returns "a", "a or b", "a, b or c".
std::string alternatives(const std::vector<std::string>& words);

// Accepts one of these words. what: the noun of the error, "unknown ENGINE 'x' (expected ...)".
CLI::Validator one_of(const std::string& what, std::vector<std::string> words);
// Accepts a whole number in this range.
CLI::Validator whole_number(std::int64_t min, std::int64_t max);
// Accepts a number in this range.
CLI::Validator decimal(double min, double max);
// Accepts a file name with one of these extensions, such as ".png".
CLI::Validator has_extension(std::vector<std::string> extensions);
// Appends a paragraph to the details that follow the options in help.
void add_detail(CLI::App& command, const std::string& paragraph);

void add_model_options(CLI::App& command, ModelChoice& choice);
void add_import_options(CLI::App& command, ImportOptions& options);
// Adds --engine and --conv.
void add_engine_options(CLI::App& command, EngineOptions& options);
// Adds --engine with one or more engines, separated by commas, for a command that compares them.
void add_engines_option(CLI::App& command, std::vector<EngineKind>& chosen);
void add_conv_option(CLI::App& command, ConvMethod& conv);
void add_batch_size_option(CLI::App& command, int& batch_size);
// Adds --random-weights. Without the option, `seed` stays empty.
void add_random_weights_option(CLI::App& command, std::optional<std::uint64_t>& seed);
void add_threads_option(CLI::App& command, int& threads);
// Adds -o and --zoom for a command that draws a picture. Without --zoom, `zoom` stays 0.
void add_picture_options(CLI::App& command, std::string& output, int& zoom);
void add_reading_options(CLI::App& command, Reading& reading);

}  // namespace alexnet::app
