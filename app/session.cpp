#include "session.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "core/error.hpp"
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

}  // namespace

void add_model_option(CLI::App& command, std::string& model) {
  command.add_option("-m,--model", model, "A model's name, its folder, or a .safetensors file")
      ->default_str(kDefaultModel)
      ->type_name("MODEL");
}

void add_threads_option(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to use (default: the cores this process may use)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

void add_background_option(CLI::App& command, std::optional<image::Rgb>& background) {
  command
      .add_option_function<std::string>(
          "--background",
          [&background](const std::string& text) {
            background = parse_color(text);
            if (!background)
              throw CLI::ValidationError("--background",
                                         "'" + text + "' is no colour; write #RRGGBB, black or white");
          },
          "Blend transparent images over this colour (default: drop the transparency)")
      ->type_name("COLOR");
}

int with_threads(int threads, const std::function<int()>& work) {
  if (threads == 0) threads = tbb::info::default_concurrency();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  return arena.execute(work);
}

Session::Session(const std::string& path_or_name, std::optional<std::uint64_t> seed)
    : model(load_model(find_model(path_or_name))), network(make_network(model, seed)), load_ms(watch.ms()) {}

void Session::require_classifier() const {
  const Layer& last = network.layers().back();
  if (std::holds_alternative<Softmax>(last.params) && last.out.plane() == 1) return;
  const bool folder = std::filesystem::is_directory(model.path);
  throw ModelError((folder ? model.path / "network.json" : model.path).string(), "layers",
                   "the network ends in '" + last.name + "' (" + std::string(type_name(last.params)) + ", " +
                       to_string(last.out) + "); to classify it must end in a softmax over classes");
}

image::Image Session::read_input(const std::string& path, std::optional<image::Rgb> background,
                                 float* out) const {
  try {
    image::Image cropped = image::resize_and_crop(read_image(path, background), input());
    image::normalise(cropped, input(), out);
    return cropped;
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

image::Image read_image(const std::string& path, std::optional<image::Rgb> background) {
  if (path != "-") return image::load(path, background);
  return image::decode(read_standard_input(), background);
}

void refuse_to_overwrite(const std::string& input, const std::string& output) {
  if (input == "-" || output == "-") return;
  std::error_code error;
  if (std::filesystem::is_regular_file(output, error) && std::filesystem::equivalent(input, output, error))
    throw std::runtime_error(output + ": is being read; the output needs another name");
}

}  // namespace alexnet::app
