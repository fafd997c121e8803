#include "session.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>

#include "core/cores.hpp"
#include "core/error.hpp"
#include "core/excerpt.hpp"
#include "core/nearest.hpp"
#include "report/text.hpp"

namespace alexnet::app {
namespace {

constexpr std::size_t kMaxImageBytes = std::size_t{512} << 20;

std::vector<std::uint8_t> read_standard_input() {
  std::vector<std::uint8_t> bytes;
  for (;;) {
    constexpr std::size_t kChunk = std::size_t{1} << 16;
    const std::size_t had = bytes.size();
    if (had > kMaxImageBytes) throw ImageError("read", "standard input is larger than 512 MiB");
    bytes.resize(had + kChunk);
    const ssize_t got = read(STDIN_FILENO, bytes.data() + had, kChunk);
    if (got < 0) throw ImageError("read", std::strerror(errno));
    bytes.resize(had + static_cast<std::size_t>(got));
    if (got == 0) return bytes;
  }
}

std::optional<image::Rgb> parse_color(const std::string& text) {
  if (text.size() == 7 && text[0] == '#') {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, end, value, 16);
    if (error == std::errc() && stop == end)
      return image::Rgb{static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
                        static_cast<std::uint8_t>(value)};
  }
  if (text == "black") return image::Rgb{0, 0, 0};
  if (text == "white") return image::Rgb{255, 255, 255};
  return std::nullopt;
}

// CLI11's own conversion wraps what is negative or too large.
std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc() || stop != end)
    throw CLI::ValidationError("--random-weights",
                               "'" + text + "' is no seed; write a whole number from 0 to 2^64 - 1");
  return seed;
}

constexpr const char* kEngineHelp =
    "eigen, simple, or packed, fast (default: packed where this CPU has vectors that it is written for)";

const std::map<std::string, EngineKind>& engines() {
  static const std::map<std::string, EngineKind> kEngines{{"eigen", EngineKind::eigen},
                                                          {"packed", EngineKind::packed}};
  return kEngines;
}

// "eigen,packed"
std::vector<EngineKind> parse_engines(const std::string& names) {
  std::vector<EngineKind> chosen;
  std::istringstream list(names + ",");
  for (std::string name; std::getline(list, name, ',');) {
    const auto found = engines().find(name);
    if (found == engines().end())
      throw CLI::ValidationError("--engine", "'" + name + "' is none; write eigen, packed or eigen,packed");
    if (std::ranges::find(chosen, found->second) != chosen.end())
      throw CLI::ValidationError("--engine", "'" + name + "' comes twice");
    chosen.push_back(found->second);
  }
  return chosen;
}

}  // namespace

void add_model_options(CLI::App& command, ModelChoice& choice) {
  command
      .add_option("-m,--model", choice.model,
                  "A model's name, its folder, or a .safetensors, .pth, .caffemodel or .onnx file")
      ->default_str(kDefaultModel)
      ->type_name("MODEL");
  add_import_options(command, choice.import);
}

void add_import_options(CLI::App& command, ImportOptions& options) {
  const char* const group = "What a file of another program does not say";
  command.add_option("--network", options.network, "Its layers: a network.json, or for Caffe a .prototxt")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--preset", options.preset, "How photos are prepared: torchvision, caffe or tiny-imagenet")
      ->check(CLI::IsMember(preset_names()))
      ->type_name("PRESET")
      ->group(group);
  command
      .add_option("--mean", options.mean,
                  "The mean to subtract: three numbers, in Caffe's order B,G,R, or Caffe's mean file")
      ->type_name("MEAN")
      ->group(group);
  command.add_option("--labels", options.labels, "The names of the classes, one a line")
      ->type_name("FILE")
      ->group(group);
}

void add_engine_options(CLI::App& command, EngineOptions& options) {
  command
      .add_option_function<std::string>(
          "--engine", [&options](const std::string& name) { options.engine = engines().at(name); },
          kEngineHelp)
      ->check(CLI::IsMember(engines()))
      ->type_name("ENGINE");
  add_conv_option(command, options.conv);
}

void add_engines_option(CLI::App& command, std::vector<EngineKind>& chosen) {
  command
      .add_option_function<std::string>(
          "--engine", [&chosen](const std::string& names) { chosen = parse_engines(names); },
          std::string(kEngineHelp) + "; eigen,packed compares")
      ->type_name("ENGINES:{eigen,packed}");
}

void add_conv_option(CLI::App& command, ConvMethod& conv) {
  static const std::map<std::string, ConvMethod> kMethods{
      {"auto", ConvMethod::automatic}, {"gemm", ConvMethod::gemm}, {"winograd", ConvMethod::winograd}};
  command
      .add_option_function<std::string>(
          "--conv", [&conv](const std::string& name) { conv = kMethods.at(name); },
          "How packed computes convolutions: gemm, winograd where it can, or auto, the faster of them by a "
          "cost model (default: auto)")
      ->check(CLI::IsMember({"auto", "gemm", "winograd"}))
      ->type_name("METHOD");
}

void add_batch_size_option(CLI::App& command, int& batch_size) {
  command
      .add_option("--batch-size", batch_size,
                  "Images that go through the network together; of ten crops, each counts as one")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
}

void add_random_weights_option(CLI::App& command, std::optional<std::uint64_t>& seed) {
  constexpr std::uint64_t kDefaultSeed = 1;
  command
      .add_option_function<std::vector<std::string>>(
          "--random-weights",
          [&seed](const std::vector<std::string>& given) {  // "" where none is given
            const std::string text = given.empty() ? "" : given.front();
            seed = text.empty() ? kDefaultSeed : parse_seed(text);
          },
          "Weights made from SEED (default 1), uniform in +-sqrt(6 / fan_in); write it last")
      ->expected(0, 1)
      ->type_name("SEED");
}

void add_threads_option(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to use (default: the cores this process may use)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

void add_picture_options(CLI::App& command, std::string& output, int& zoom) {
  command.add_option("-o,--output", output, "The picture to write")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& file) {
            return file.ends_with(".png") ? "" : "'" + file + "' must end in .png";
          },
          ""))
      ->type_name("FILE.png");
  command
      .add_option(
          "--zoom", zoom,
          "How often each number is repeated across and down (default: what makes 800 pixels or more)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
}

void add_reading_options(CLI::App& command, Reading& reading) {
  command
      .add_option("--crops", reading.crops,
                  "Crops to take the mean over: the centre, or 10 (corners, centre, mirrors). Where a model "
                  "squashes to its very size, ten are cut from 256/227 of it")
      ->capture_default_str()
      ->check(CLI::IsMember({"1", "10"}))
      ->type_name("N");
  command
      .add_option_function<std::string>(
          "--background",
          [&reading](const std::string& text) {
            reading.background = parse_color(text);
            if (!reading.background)
              throw CLI::ValidationError("--background",
                                         "'" + text + "' is no colour; write #RRGGBB, black or white");
          },
          "Blend transparent images over this colour (default: drop the transparency)")
      ->type_name("COLOR");
  command.add_flag(
      "--exact-decode", reading.exact,
      "Decode every JPEG at its full size (default: at 1/2, 1/4 or 1/8 where that leaves at least "
      "twice what the model resizes to)");
}

void print_notes(const Model& model) {
  for (const std::string& note : model.notes)
    std::fprintf(stderr, "alexnet: note: %s: %s\n", printable_line(model.path.string()).c_str(),
                 printable_line(note).c_str());
}

int with_threads(int threads, const std::function<int()>& work) {
  if (threads == 0) threads = usable_cores();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  return arena.execute(work);
}

std::string description_file(const Model& model) {
  const bool folder = std::filesystem::is_directory(model.path);
  return (folder ? model.path / "network.json" : model.path).string();
}

void print_failure(const std::string& path, const ImageError& error) {
  std::fprintf(stderr, "alexnet: %s: %s: %s\n", printable_line(path).c_str(), error.stage().c_str(),
               printable_line(error.what()).c_str());
}

Model ending_at(Model model, const std::string& layer) {
  std::vector<Layer>& layers = model.description.layers;
  const auto last = std::ranges::find(layers, layer, &Layer::name);
  if (last == layers.end()) {
    std::vector<std::string> names;
    names.reserve(layers.size());
    for (const Layer& known : layers) names.push_back(known.name);
    const std::string like = nearest(layer, names);
    throw ModelError(description_file(model), "layers",
                     "there is no '" + excerpt(layer) + "'" +
                         (like.empty() ? "; alexnet inspect shows them" : "; did you mean '" + like + "'?"));
  }
  layers.erase(last + 1, layers.end());
  return model;
}

Session::Session(Model opened, const EngineOptions& options)
    : model(std::move(opened)), network(make_network(model, std::nullopt, options)) {}

void Session::require_classifier() const {
  const Layer& last = network.layers().back();
  if (std::holds_alternative<Softmax>(last.params) && last.out.plane() == 1) return;
  throw ModelError(description_file(model), "layers",
                   "the network ends in '" + last.name + "' (" + std::string(type_name(last.params)) + ", " +
                       to_string(last.out) + "); to classify it must end in a softmax over classes");
}

image::Image read_photo(const std::string& path, const image::Preprocess& input, const Reading& how) {
  const auto enough = how.exact ? std::nullopt : image::enough_for(input, how.crops);
  if (path != "-") return image::load(path, how.background, enough);
  return image::decode(read_standard_input(), how.background, enough);
}

Session::Input Session::read_input(const std::string& path, const Reading& how, float* out) const {
  try {
    const image::Image photo = [&] {
      const Stage decode(trace, "decode", path);
      return read_photo(path, input(), how);
    }();
    const Stage preprocess(trace, "preprocess", path);
    Input seen{how.crops == 1 ? std::vector{image::resize_and_crop(photo, input())}
                              : image::resize_and_ten_crops(photo, input()),
               photo.reduction ? 1.0 / photo.reduction->denominator : 1.0};
    for (const image::Image& crop : seen.crops) {
      image::normalise(crop, input(), out);
      out += network.input_shape().count();
    }
    return seen;
  } catch (const std::bad_alloc&) {
    throw ImageError("preprocess", "not enough memory");
  }
}

void Session::warn_of_nan(std::span<const Prediction> predictions) {
  if (warned ||
      std::ranges::none_of(predictions, [](const Prediction& p) { return std::isnan(p.probability); }))
    return;
  warned = true;
  const std::string tensor = network.find_nan();
  std::fprintf(stderr, "alexnet: warning: %s: %s: the probabilities are not numbers\n",
               printable_line(model.path.string()).c_str(),
               tensor.empty() ? "the weights overflow" : printable_line(tensor + ": holds NaN").c_str());
}

}  // namespace alexnet::app
