// A model of three layers, small enough to be spoilt in every way.
#pragma once

#include <string>

#include "command.hpp"

namespace alexnet::cli {

// Reads 4 x 4 pixels; conv1 (2 kernels of 3 x 3), fc2 (3 outputs), prob. The order of the members is kept.
nlohmann::ordered_json tiny_network();

// The header of its weights, and the data: 83 numbers of F32.
nlohmann::ordered_json tiny_header();
std::string tiny_data();

// The length, the header and the data of a .safetensors file.
std::string safetensors(const std::string& header, const std::string& data);

// Writes network.json, weights.safetensors and labels.txt; returns the model's path.
std::string write_tiny_model(const TemporaryFolder& folder);

// A file that is refused, and words of the reason.
struct FileCase {
  const char* name;
  std::string bytes;
  std::vector<std::string> words;
};

// The model is refused with status 2, nothing on standard output and one line on standard error, "alexnet: ",
// the file's name, ": " and a reason that holds all the words.
void check_refused(const std::string& model, const std::string& file, const std::vector<std::string>& words);

}  // namespace alexnet::cli
