#include "outputs.hpp"

#include <filesystem>
#include <set>
#include <stdexcept>

#include "image/image.hpp"
#include "session.hpp"

namespace alexnet::app {

void refuse_to_overwrite(const std::string& input, const std::string& output) {
  if (input == "-" || output == "-") return;
  std::error_code error;
  if (std::filesystem::is_regular_file(output, error) && std::filesystem::equivalent(input, output, error))
    throw std::runtime_error(output + ": is being read; the output needs another name");
}

void refuse_to_overwrite_image(const std::string& output) {
  std::error_code error;
  if (output != "-" && std::filesystem::is_regular_file(output, error) && image::is_image(output))
    throw std::runtime_error(output + ": is an image; the output needs another name");
}

void refuse_to_overwrite_model(const Model& model, const std::string& output) {
  refuse_to_overwrite(model.path.string(), output);
  refuse_to_overwrite(description_file(model), output);
  for (const std::string& file : {model.description.weights, model.description.labels})
    if (!file.empty()) refuse_to_overwrite((model.path / file).string(), output);
}

void require_files(const std::vector<std::string>& outputs) {
  std::set<std::filesystem::path> names;
  std::error_code error;
  for (const std::string& output : outputs) {
    if (output == "-") throw std::runtime_error("-: standard output is for the results; name a file");
    if (!output.empty() && !names.insert(std::filesystem::weakly_canonical(output, error)).second)
      throw std::runtime_error(output + ": is named for two outputs; each needs a name of its own");
  }
}

}  // namespace alexnet::app
