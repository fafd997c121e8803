#include "network/model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

#include "alexnet/error.hpp"
#include "core/byte_order_mark.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/inside.hpp"
#include "core/mapped_file.hpp"
#include "core/module.hpp"
#include "core/nearest.hpp"
#include "network/description.hpp"
#include "network/label_file.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNetworkFile = "network.json";
constexpr std::size_t kTensorFlowOutputs = 1001;  // a background class, then ImageNet's
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;

// Extensions of model files, in the order in which find_model() tries them.
constexpr std::array kExtensions{".safetensors", ".pth", ".pt", ".caffemodel", ".onnx", ".prototxt"};

bool is_model(const fs::path& path) {
  std::error_code ignored;
  return is_model_file_name(path) ? fs::is_regular_file(path, ignored)
                                  : fs::exists(path / kNetworkFile, ignored);
}

// Returns the model of this name in the folder, or "" if there is none.
fs::path find_in(const fs::path& folder, const std::string& name) {
  const auto file = [&](const char* extension) { return folder / (name + extension); };
  // A downloaded NAME.safetensors comes before a folder NAME, which may describe the model without its
  // weights.
  if (is_model(file(kExtensions.front()))) return file(kExtensions.front());
  if (is_model(folder / name)) return folder / name;
  for (const char* extension : kExtensions)
    if (is_model(file(extension))) return file(extension);
  return {};
}

std::string read_text(const fs::path& file) {
  const MappedFile mapped(file);
  if (mapped.bytes().size() > kMaxTextBytes) throw ModelError(file.string(), "", "is larger than 64 MiB");
  refuse_git_lfs_pointer(mapped.text(), file.string());
  return std::string(mapped.text());
}

Model load_folder(const fs::path& path) {
  const fs::path file = path / kNetworkFile;
  Model model = load_network(file);
  model.path = path;
  if (!model.description.weights.empty())
    model.weights = open_weights(inside(path, model.description.weights, file.string(), "weights"));
  return model;
}

}  // namespace

bool is_model_file_name(const fs::path& path) {
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

std::vector<Label> parse_labels(std::string_view text, const std::string& file) {
  text = without_byte_order_mark(text, file);
  std::vector<Label> labels;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty())
      throw ModelError(file, "line " + std::to_string(labels.size() + 1),
                       "is empty; each line names a class");
    labels.push_back(with_id(std::string(line)));
  }
  return labels;
}

void check_labels(Model& model, const std::string& file) {
  const auto classes = model.description.layers.back().out.count();
  std::vector<Label>& labels = model.labels;
  if (labels.size() == classes) return;
  const std::string reason = "has " + std::to_string(labels.size()) + " labels, but the network has " +
                             std::to_string(classes) + " outputs";
  if (labels.size() != classes + 1 || !is_background(labels.front().text))
    throw ModelError(
        file, "",
        reason + (classes == kTensorFlowOutputs && labels.size() + 1 == classes
                      ? "; if output 0 is a background class, add 'background' as the first label"
                      : ""));
  model.notes.push_back(escape_for_terminal(file) + " " + reason + "; the first label, " +
                        in_quotes(labels.front().text) + ", is left out");
  labels.erase(labels.begin());
}

std::vector<Label> read_labels(const fs::path& file) {
  return parse_label_file(read_text(file), file.string());
}

fs::path user_models() {
  const auto folder = [](const char* variable) {
    const char* value = std::getenv(variable);
    return fs::path(value == nullptr ? "" : value);
  };
  if (const fs::path data = folder("XDG_DATA_HOME"); data.is_absolute()) return data / "alexnet/models";
  if (const fs::path home = folder("HOME"); home.is_absolute()) return home / ".local/share/alexnet/models";
  return {};
}

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  if (const char* value = std::getenv("ALEXNET_MODELS")) {
    std::istringstream list(value);
    for (std::string folder; std::getline(list, folder, ':');)
      if (!folder.empty()) folders.emplace_back(folder);
  }
  if (const fs::path folder = user_models(); !folder.empty()) folders.push_back(folder);
  const auto add = [&](const fs::path& folder) {
    const fs::path normal = folder.lexically_normal();
    if (std::ranges::find(folders, normal) == folders.end()) folders.push_back(normal);
  };
  std::error_code error;
  for (const fs::path& modules : module_folders())
    if (const fs::path beside = modules / ALEXNET_MODULES_TO_MODELS; fs::is_directory(beside, error))
      add(beside);
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) add(program.parent_path().parent_path() / "share/alexnet/models");
  return folders;
}

fs::path find_model(const std::string& path_or_name) {
  if (!path_or_name.empty() && is_model(path_or_name)) return path_or_name;
  std::string looked;
  if (!path_or_name.empty() && path_or_name.find('/') == std::string::npos) {
    for (const fs::path& folder : model_folders()) {
      if (fs::path found = find_in(folder, path_or_name); !found.empty()) return found;
      looked += (looked.empty() ? "; looked in " : ", ") + folder.string();
    }
  }
  std::error_code ignored;
  if (fs::is_regular_file(path_or_name, ignored)) return path_or_name;
  const bool folder = fs::is_directory(path_or_name, ignored);
  if (!folder && is_model_file_name(path_or_name))
    throw ModelError(path_or_name, "", "no such file; check its name" + looked);
  throw ModelError(path_or_name, "",
                   folder ? "no such model: the folder has no network.json" + looked
                          : "no such model: neither a file nor a folder with network.json" + looked);
}

std::string model_name(const fs::path& model) {
  return (is_model_file_name(model) ? model.stem() : model.filename()).string();
}

std::vector<fs::path> list_models() {
  std::vector<fs::path> models;
  std::set<std::string> seen;
  for (const fs::path& folder : model_folders()) {
    std::vector<fs::path> here;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (is_model(entry.path()) && find_in(folder, model_name(entry.path())) == entry.path() &&
          seen.insert(model_name(entry.path())).second)
        here.push_back(entry.path());
    std::ranges::sort(here);
    models.insert(models.end(), here.begin(), here.end());
  }
  return models;
}

Model load_model(const fs::path& path) {
  return is_model_file_name(path) ? load_model(path, open_weights(path)) : load_folder(path);
}

Model load_model(const fs::path& path, std::unique_ptr<Weights> weights) {
  Model model{path, {}, {}, std::move(weights)};
  const auto& metadata = model.weights->metadata();
  const auto network = metadata.find("network");
  if (network == metadata.end())
    throw ModelError(path.string(), "__metadata__.network",
                     "is missing: the file holds weights only, not a model");
  model.description = parse_description(network->second, path.string() + ": __metadata__.network");
  if (const auto labels = metadata.find("labels"); labels != metadata.end()) {
    const std::string place = path.string() + ": __metadata__.labels";
    model.labels = parse_labels(labels->second, place);
    check_labels(model, place);
  }
  return model;
}

fs::path find_labels(const std::string& name) {
  std::error_code ignored;
  for (const fs::path& folder : model_folders())
    if (fs::path file = folder / "labels" / (name + ".txt"); fs::exists(file, ignored)) return file;
  return {};
}

Model load_network(const fs::path& file) {
  Model model{file, parse_description(read_text(file), file.string()), {}, nullptr};
  if (!model.description.labels.empty()) {
    const fs::path labels = inside(file.parent_path(), model.description.labels, file.string(), "labels");
    model.labels = read_labels(labels);
    check_labels(model, labels.string());
  }
  return model;
}

fs::path description_file(const Model& model) {
  return fs::is_directory(model.path) ? model.path / kNetworkFile : model.path;
}

std::size_t layer_index(const Model& model, const std::string& layer) {
  const std::vector<Layer>& layers = model.description.layers;
  const auto found = std::ranges::find(layers, layer, &Layer::name);
  if (found != layers.end()) return static_cast<std::size_t>(found - layers.begin());
  std::vector<std::string> names;
  names.reserve(layers.size());
  for (const Layer& known : layers) names.push_back(known.name);
  const std::string like = did_you_mean(nearest(layer, names));
  std::string known;
  for (const std::string& name : names)
    known += (known.empty() ? "" : ", ") + escape_for_terminal(name, kExcerpt);
  throw ModelError(description_file(model).string(), "layers",
                   "there is no " + in_quotes(layer) + (like.empty() ? "; the layers are " + known : like));
}

Model truncated_after(Model model, const std::string& layer) {
  const std::size_t last = layer_index(model, layer);
  std::vector<Layer>& layers = model.description.layers;
  layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(last) + 1, layers.end());
  return model;
}

void require_classifier(const Model& model) {
  const Layer& last = model.description.layers.back();
  if (last.out.count() == 1)
    throw ModelError(
        description_file(model).string(), "layers",
        "the network has one output; a classifier has an output for each class, two for yes and no");
  if (std::holds_alternative<Softmax>(last.params) && last.out.plane() == 1) return;
  throw ModelError(description_file(model).string(), "layers",
                   "the network ends in " + in_quotes(last.name) + " (" +
                       std::string(type_name(last.params)) + ", " + to_string(last.out) +
                       "); a classifier ends in a softmax over classes");
}

std::shared_ptr<Weights> weights_of(const Model& model, std::optional<std::uint64_t> seed) {
  if (seed) return random_weights(*seed);
  if (!model.weights && is_model_file_name(model.path))
    throw MissingWeights(model.path.string(), "", "the file has layers, but no weights");
  if (!model.weights) {
    std::error_code ignored;
    const bool has_card = fs::exists(model.path / "README.md", ignored);
    throw MissingWeights((model.path / kNetworkFile).string(), "weights",
                         std::string("the model has no weights; put them beside network.json and add "
                                     "\"weights\": \"weights.safetensors\"") +
                             (has_card ? "; README.md beside it says where to get them" : ""));
  }
  return model.weights;
}

Network make_network(const Model& model, std::optional<std::uint64_t> seed, const EngineOptions& options) {
  return {model.description.layers, weights_of(model, seed), options};
}

std::vector<float> mean_of_rows(std::span<const float> values, std::size_t rows) {
  std::vector<float> mean(values.size() / rows);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0.0;
    for (std::size_t row = 0; row < rows; ++row) sum += static_cast<double>(values[row * mean.size() + i]);
    mean[i] = static_cast<float>(sum / static_cast<double>(rows));
  }
  return mean;
}

}  // namespace alexnet
