// Model and photo handling that the commands share.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alexnet/error.hpp"
#include "alexnet/image.hpp"
#include "alexnet/model.hpp"
#include "classifier/photo_input.hpp"
#include "fetch/catalogue.hpp"
#include "image/load.hpp"
#include "run/trace.hpp"

namespace alexnet::app {

// The model that a command works with, and options for what its file does not say.
struct ModelChoice {
  std::string model = kDefaultModel;  // a path or a name
  ImportOptions import;

  Model open() const { return open_model(find_known_model(model), import); }
};

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Prints the notes of the model and of its network, if it is given, on standard error: the assumptions that
// were made.
void print_notes(const Model& model, const Network* network = nullptr);

// Runs work() on at most `threads` threads and returns its result. 0: as many threads as usable_cores().
int with_threads(int threads, const std::function<int()>& work);

// Reads an image file, or standard input if path is "-". Decodes a large JPEG at 1/2, 1/4 or 1/8 of its size
// if that is enough for `input`, unless how.exact is true. Throws ImageError.
image::NotedImage read_photo(const std::string& path, const image::Preprocess& input, const Reading& how);

// Reads a photo, returns its crops and writes them to `out`, normalised: how.crops x C x H x W floats. Adds
// the stages "decode" and "preprocess" to `trace` unless it is null. Throws ImageError, also if there is not
// enough memory.
PhotoInput read_photo_input(const std::string& path, const image::Preprocess& input, const Reading& how,
                            float* out, RunTrace* trace = nullptr);

// Prints "alexnet: PATH: STAGE: REASON" on standard error.
void print_failure(const std::string& path, const ImageError& error);

// Prints "alexnet: note: PATH: NOTE" on standard error, unless the note is "".
void print_note(const std::string& path, const std::string& note);

// A model and its network, ready to run.
struct Session {
  // Makes the network. Throws ModelError.
  Session(Model opened, const EngineOptions& options);

  const std::string& name() const { return model.description.name; }
  const image::Preprocess& input() const { return model.description.input; }

  PhotoInput read_input(const std::string& path, const Reading& how, float* out) const {
    return read_photo_input(path, input(), how, out, trace);
  }

  // Prints a warning on standard error if a probability is NaN, and names the weights that hold NaN, if any.
  // Warns only once.
  void warn_of_nan(std::span<const Prediction> predictions);

  Model model;
  Network network;
  bool warned = false;
  RunTrace* trace = nullptr;  // receives the stages of read_input(); may be null
};

}  // namespace alexnet::app
