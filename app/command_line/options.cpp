#include "command_line/options.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "print/text.hpp"

namespace alexnet::app {
namespace {

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

// CLI11's own conversion wraps negative and too large numbers around.
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

// Parses a list of engines: "eigen,packed".
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
                  "The mean to subtract, three numbers in the network's channel order: R,G,B from 0 to 1 for "
                  "the presets torchvision and tiny-imagenet, B,G,R from 0 to 255 for caffe; or Caffe's mean "
                  "file")
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
          [&seed](const std::vector<std::string>& given) {  // empty or {""} without a seed
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

}  // namespace alexnet::app
