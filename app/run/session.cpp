#include "run/session.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/cores.hpp"
#include "core/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"
#include "print/stdout_writer.hpp"
#include "print/text.hpp"
#include "run/signals.hpp"

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
    const std::optional<ssize_t> got = read_unless_stopped(STDIN_FILENO, bytes.data() + had, kChunk);
    if (!got) throw ImageError("read", "stopped by a signal");
    if (*got < 0) throw ImageError("read", std::strerror(errno));
    bytes.resize(had + static_cast<std::size_t>(*got));
    if (*got == 0) return bytes;
  }
}

}  // namespace

void print_notes(const Model& model) {
  for (const std::string& note : model.notes)
    print_message("note: " + escape_for_terminal(model.path.string()) + ": " + note);
}

int with_threads(int threads, const std::function<int()>& work) {
  if (threads == 0) threads = usable_cores();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  return arena.execute(work);
}

std::string description_file(const Model& model) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(model.path, ignored);
  return (folder ? model.path / "network.json" : model.path).string();
}

void print_failure(const std::string& path, const ImageError& error) {
  print_message(escape_for_terminal(path) + ": " + error.stage() + ": " + error.what());
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
                     "there is no '" + escape_for_terminal(layer, kExcerpt) + "'" +
                         (like.empty() ? "; 'alexnet inspect' lists the layers"
                                       : "; did you mean '" + escape_for_terminal(like, kExcerpt) + "'?"));
  }
  layers.erase(last + 1, layers.end());
  return model;
}

Session::Session(Model opened, const EngineOptions& options)
    : model(std::move(opened)), network(make_network(model, std::nullopt, options)) {}

void Session::require_classifier() const {
  const Layer& last = network.layers().back();
  if (last.out.count() == 1)
    throw ModelError(description_file(model), "layers",
                     "the network has one output; a classifier has an output for each class, two for yes and "
                     "no");
  if (std::holds_alternative<Softmax>(last.params) && last.out.plane() == 1) return;
  throw ModelError(description_file(model), "layers",
                   "the network ends in '" + escape_for_terminal(last.name, kExcerpt) + "' (" +
                       std::string(type_name(last.params)) + ", " + to_string(last.out) +
                       "); a classifier ends in a softmax over classes");
}

image::Image read_photo(const std::string& path, const image::Preprocess& input, const Reading& how) {
  const auto enough = how.exact ? std::nullopt : image::enough_for(input, how.crops);
  if (path != "-") return image::load(path, how.background, enough);
  return image::decode(read_standard_input(), how.background, enough);
}

PhotoInput read_photo_input(const std::string& path, const image::Preprocess& input, const Reading& how,
                            float* out, RunTrace* trace) {
  try {
    const image::Image photo = [&] {
      const Stage decode(trace, "decode", path);
      return read_photo(path, input, how);
    }();
    const Stage preprocess(trace, "preprocess", path);
    PhotoInput seen{how.crops == 1 ? std::vector{image::resize_and_crop(photo, input)}
                                   : image::resize_and_ten_crops(photo, input),
                    photo.reduction ? 1.0 / photo.reduction->denominator : 1.0};
    for (const image::Image& crop : seen.crops) {
      image::normalise(crop, input, out);
      out += crop.rgb.size();
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
  print_message("warning: " + escape_for_terminal(model.path.string()) + ": " +
                (tensor.empty() ? "the weights overflow" : escape_for_terminal(tensor) + ": holds NaN") +
                ": the probabilities are not numbers");
}

}  // namespace alexnet::app
