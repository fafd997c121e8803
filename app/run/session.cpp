#include "run/session.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "alexnet/error.hpp"
#include "core/cores.hpp"
#include "core/escape_for_terminal.hpp"
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
    if (had > kMaxImageBytes) throw ImageError(Stage::read, "standard input is larger than 512 MiB");
    bytes.resize(had + kChunk);
    const std::optional<ssize_t> got = read_unless_stopped(STDIN_FILENO, bytes.data() + had, kChunk);
    if (!got) throw ImageError(Stage::read, "stopped by a signal");
    if (*got < 0) throw ImageError(Stage::read, std::strerror(errno));
    bytes.resize(had + static_cast<std::size_t>(*got));
    if (*got == 0) return bytes;
  }
}

}  // namespace

void print_notes(const Model& model, const Network* network) {
  const auto print = [&](const std::string& note) {
    print_message("note: " + escape_for_terminal(model.path.string()) + ": " + note);
  };
  std::ranges::for_each(model.notes, print);
  if (network != nullptr) std::ranges::for_each(network->notes(), print);
}

int with_threads(int threads, const std::function<int()>& work) {
  if (threads == 0) threads = usable_cores();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  return arena.execute(work);
}

void print_failure(const std::string& path, const ImageError& error) {
  print_message(escape_for_terminal(path) + ": " + to_string(error.stage()) + ": " + error.what());
}

void print_note(const std::string& path, const std::string& note) {
  if (!note.empty()) print_message("note: " + escape_for_terminal(path) + ": " + note);
}

Session::Session(Model opened, const EngineOptions& options)
    : model(std::move(opened)), network(make_network(model, std::nullopt, options)) {}

image::NotedImage read_photo(const std::string& path, const image::Preprocess& input, const Reading& how) {
  const std::optional<Size2> size = decode_size(input, how);
  if (path != "-") return image::load_noted(path, how.background, size);
  return image::decode_noted(read_standard_input(), how.background, size);
}

PhotoInput read_photo_input(const std::string& path, const image::Preprocess& input, const Reading& how,
                            float* out, RunTrace* trace) {
  const image::NotedImage photo = [&] {
    const TraceSpan decode(trace, "decode", path);
    return read_photo(path, input, how);
  }();
  const TraceSpan preprocess(trace, "preprocess", path);
  PhotoInput made = make_input(photo.image, input, how.crops, out);
  made.note = photo.note;
  return made;
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
