#include "command_line/options.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "core/escape_for_terminal.hpp"
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
std::optional<std::uint64_t> parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  return error == std::errc() && stop == end ? std::optional(seed) : std::nullopt;
}

const std::map<std::string, EngineKind>& engines() {
  static const std::map<std::string, EngineKind> kEngines{{"eigen", EngineKind::eigen},
                                                          {"packed", EngineKind::packed}};
  return kEngines;
}

const std::map<std::string, image::ChannelOrder>& orders() {
  using enum image::ChannelOrder;
  static const std::map<std::string, image::ChannelOrder> kOrders{{"rgb", rgb}, {"bgr", bgr}, {"grey", grey}};
  return kOrders;
}

std::vector<std::string> split_at_commas(const std::string& names) {
  std::vector<std::string> all;
  std::istringstream list(names + ",");
  for (std::string name; std::getline(list, name, ',');) all.push_back(name);
  return all;
}

// Returns what is wrong with a list of engines such as "eigen,packed", or "".
std::string wrong_engines(const std::string& names) {
  std::vector<std::string> before;
  for (const std::string& name : split_at_commas(names)) {
    if (!engines().contains(name))
      return "unknown engine " + in_quotes(name) + " (expected eigen, packed or eigen,packed)";
    if (std::ranges::find(before, name) != before.end())
      return in_quotes(name) + " is given twice; name it once";
    before.push_back(name);
  }
  return "";
}

template <class Number>
CLI::Validator in_range(Number min, Number max, const std::string& expected) {
  return CLI::Validator(
      [=](const std::string& text) {
        Number value{};
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        const bool good = error == std::errc() && stop == end && value >= min && value <= max;
        return good ? std::string() : "invalid number " + in_quotes(text) + " (expected " + expected + ")";
      },
      "");
}

}  // namespace

std::string alternatives(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

CLI::Validator one_of(const std::string& what, std::vector<std::string> words) {
  const std::string choices = "{" + CLI::detail::join(words, ",") + "}";
  return CLI::Validator(
      [what, known = std::move(words)](const std::string& word) {
        return std::ranges::find(known, word) != known.end()
                   ? std::string()
                   : "unknown " + what + " " + in_quotes(word) + " (expected " + alternatives(known) + ")";
      },
      choices);
}

CLI::Validator whole_number(std::int64_t min, std::int64_t max) {
  return in_range(min, max, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
}

CLI::Validator decimal(double min, double max) {
  return in_range(min, max, "a number from " + formatted("%g", min) + " to " + formatted("%g", max));
}

CLI::Validator has_extension(std::vector<std::string> extensions) {
  return CLI::Validator(
      [known = std::move(extensions)](const std::string& file) {
        const bool good = std::ranges::any_of(
            known, [&](const std::string& extension) { return file.ends_with(extension); });
        return good ? std::string() : in_quotes(file) + " must end in " + alternatives(known);
      },
      "");
}

void add_detail(CLI::App& command, const std::string& paragraph) {
  command.footer(command.get_footer() + paragraph + "\n");
}

void add_model_options(CLI::App& command, ModelChoice& choice) {
  command.add_option("-m,--model", choice.model, "Use this model: a name, a folder or a model file")
      ->default_str(kDefaultModel)
      ->type_name("MODEL");
  add_import_options(command, choice.import);
}

void add_import_options(CLI::App& command, ImportOptions& options) {
  const char* const group = "Options for models from other programs (.pth, .caffemodel, .onnx, .safetensors)";
  command
      .add_option("--network", options.network,
                  "Read the layers from a network.json, or a .prototxt for Caffe")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--preset", options.preset, "Prepare photos as torchvision, caffe or tiny-imagenet does")
      ->check(one_of("preset", preset_names()))
      ->type_name("PRESET")
      ->group(group);
  command.add_option("--mean", options.mean, "Subtract this mean: three numbers, or Caffe's mean file")
      ->type_name("MEAN")
      ->group(group);
  command.add_option("--std", options.std, "Divide by this: three numbers, or one for all channels")
      ->type_name("STD")
      ->group(group);
  command.add_option("--scale", options.scale, "Multiply pixels by this before the mean is subtracted")
      ->check(decimal(1e-6, 1e6))
      ->type_name("NUMBER")
      ->group(group);
  if (command.get_option_no_throw("--channels") == nullptr) {  // filters has another option of this name
    command
        .add_option_function<std::string>(
            "--channels", [&options](const std::string& name) { options.channels = orders().at(name); },
            "Give the network channels in this order, or one channel")
        ->check(one_of("order of channels", {"rgb", "bgr", "grey"}))
        ->type_name("ORDER")
        ->group(group);
  }
  command.add_option("--resize", options.resize, "Resize the shorter side to N, or squash to HEIGHTxWIDTH")
      ->type_name("SIZE")
      ->group(group);
  command
      .add_option_function<int>(
          "--crop",
          [&options](int side) {
            options.crop = Size2{side, side};
          },
          "Crop to N x N, the input of a network whose file does not fix it")
      ->check(whole_number(1, 65535))
      ->type_name("N")
      ->group(group);
  command
      .add_option("--labels", options.labels,
                  "Read the names of the classes: lines, CSV, JSON or a Python dictionary")
      ->type_name("FILE")
      ->group(group);
  add_detail(
      command,
      "--mean and --std take numbers in the channel order of the network: R,G,B from 0 to 1 for the presets "
      "torchvision and tiny-imagenet, B,G,R from 0 to 255 for caffe. A network's input is "
      "(pixel x scale - mean) / std, with pixels from 0 to 255. --channels changes the order, and the "
      "preset's "
      "mean with it.");
}

void add_engine_options(CLI::App& command, EngineOptions& options) {
  command
      .add_option_function<std::string>(
          "--engine", [&options](const std::string& name) { options.engine = engines().at(name); },
          "Use packed (fast) or eigen (reference). Default: packed if the CPU supports it")
      ->check(one_of("engine", {"eigen", "packed"}))
      ->type_name("ENGINE");
  add_conv_option(command, options.conv);
}

void add_engines_option(CLI::App& command, std::vector<EngineKind>& chosen) {
  command
      .add_option_function<std::string>(
          "--engine",
          [&chosen](const std::string& names) {
            chosen.clear();
            for (const std::string& name : split_at_commas(names)) chosen.push_back(engines().at(name));
          },
          "Use packed or eigen; eigen,packed compares. Default: packed if supported")
      ->check(CLI::Validator(wrong_engines, ""))
      ->type_name("ENGINE:{eigen,packed}");
}

void add_conv_option(CLI::App& command, ConvMethod& conv) {
  static const std::map<std::string, ConvMethod> kMethods{
      {"auto", ConvMethod::automatic}, {"gemm", ConvMethod::gemm}, {"winograd", ConvMethod::winograd}};
  command
      .add_option_function<std::string>(
          "--conv", [&conv](const std::string& name) { conv = kMethods.at(name); },
          "Convolve by gemm, winograd or auto (fastest estimate). Default: auto")
      ->check(one_of("convolution method", {"auto", "gemm", "winograd"}))
      ->type_name("METHOD");
  add_detail(
      command,
      "--conv applies to the packed engine. winograd uses gemm for the layers that it cannot compute; auto "
      "chooses for each layer by a cost model.");
}

void add_batch_size_option(CLI::App& command, int& batch_size) {
  command
      .add_option("--batch-size", batch_size, "Pass this many images, or crops, through the network together")
      ->capture_default_str()
      ->check(whole_number(1, 4096))
      ->type_name("N");
}

void add_random_weights_option(CLI::App& command, std::optional<std::uint64_t>& seed) {
  static constexpr std::uint64_t kDefaultSeed = 1;
  command
      .add_option_function<std::vector<std::string>>(
          "--random-weights",
          [&seed](const std::vector<std::string>& given) {  // empty or {""} without a seed
            const std::string text = given.empty() ? "" : given.front();
            seed = text.empty() ? kDefaultSeed : parse_seed(text);
          },
          "Use random weights from seed N; write it last. Default: 1")
      ->expected(0, 1)
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](const std::string& text) {
            return text.empty() || parse_seed(text) ? std::string()
                                                    : "invalid seed " + in_quotes(text) +
                                                          " (expected a whole number from 0 to 2^64 - 1); "
                                                          "without a seed, write the option last";
          },
          ""))
      ->type_name("N");
  add_detail(command, "--random-weights draws each weight uniformly from +-sqrt(6 / fan_in).");
}

void add_threads_option(CLI::App& command, int& threads) {
  command
      .add_option("--threads", threads, "Use this many threads. Default: the cores that the process may use")
      ->check(whole_number(1, 1024))
      ->type_name("N");
}

void add_picture_options(CLI::App& command, std::string& output, int& zoom) {
  command.add_option("-o,--output", output, "Write the picture to this .png file")
      ->required()
      ->check(has_extension({".png"}))
      ->type_name("FILE");
  command.add_option("--zoom", zoom, "Draw each number as N x N pixels. Default: as fits 800 pixels or more")
      ->check(whole_number(1, 64))
      ->type_name("N");
}

void add_reading_options(CLI::App& command, Reading& reading) {
  command
      .add_option("--crops", reading.crops, "Average over 1 crop (centre) or 10 (corners, centre, mirrors)")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool good = text == "1" || text == "10";
            return good ? std::string() : "invalid number " + in_quotes(text) + " (expected 1 or 10)";
          },
          "{1,10}"))
      ->type_name("N");
  command
      .add_option_function<std::string>(
          "--background", [&reading](const std::string& text) { reading.background = parse_color(text); },
          "Blend transparent images over #RRGGBB, black or white. Default: drop alpha")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return parse_color(text)
                       ? std::string()
                       : "unknown colour " + in_quotes(text) + " (expected #RRGGBB, black or white)";
          },
          ""))
      ->type_name("COLOR");
  command.add_flag("--exact-decode", reading.exact,
                   "Decode every JPEG at full size. Default: reduced if it stays large enough");
  add_detail(
      command,
      "Without --exact-decode, JPEGs are decoded at 1/2, 1/4 or 1/8 if that leaves at least twice the size "
      "that the model resizes to. With --crops 10, a model that resizes exactly to its input size first "
      "resizes to 256/227 of it.");
}

}  // namespace alexnet::app
