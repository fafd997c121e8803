// A model of three layers, small enough to be corrupted in every way.
#pragma once

#include <string>

#include "command.hpp"

namespace alexnet::cli {

// Returns the network: 4 x 4 pixels; conv1 (2 kernels of 3 x 3), fc2 (3 outputs), prob. The order of the
// members is kept.
nlohmann::ordered_json tiny_network();

// The header of its weights, and the data: 83 F32 values.
nlohmann::ordered_json tiny_header();
std::string tiny_data();

// Returns the bytes of a .safetensors file: length, header, data.
std::string safetensors(const std::string& header, const std::string& data);

// Writes network.json, weights.safetensors and labels.txt; returns the model's path.
std::string write_tiny_model(const TemporaryFolder& folder);

// A file that is refused, and words of the expected reason.
struct FileCase {
  const char* name;
  std::string bytes;
  std::vector<std::string> words;
};

// Checks that the model is refused: status 2, no standard output, and one line on standard error: "alexnet:
// ", the file's name, ": " and a reason that contains all the words.
void check_refused(const std::string& model, const std::string& file, const std::vector<std::string>& words);

}  // namespace alexnet::cli
