// Model and photo handling that the commands share.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "fetch/catalogue.hpp"
#include "image/image.hpp"
#include "import/import.hpp"
#include "run/trace.hpp"

namespace alexnet::app {

// The model that a command works with, and options for what its file does not say.
struct ModelChoice {
  std::string model = kDefaultModel;  // a path or a name
  ImportOptions import;

  Model open() const { return open_model(find_known_model(model), import); }
};

// Options for reading photos.
struct Reading {
  std::optional<image::Rgb> background;
  int crops = 1;
  bool exact = false;  // decode every JPEG at full size
};

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Prints the model's notes on standard error: the assumptions about what its files do not say.
void print_notes(const Model& model);

// Runs work() on at most `threads` threads and returns its result. 0: as many threads as usable_cores().
int with_threads(int threads, const std::function<int()>& work);

// Reads an image file, or standard input if path is "-". Decodes a large JPEG at 1/2, 1/4 or 1/8 of its size
// if that is enough for `input`, unless how.exact is true. Throws ImageError.
image::Image read_photo(const std::string& path, const image::Preprocess& input, const Reading& how);

// Crops of a photo, in pixels, and the scale at which the photo was decoded.
struct PhotoInput {
  std::vector<image::Image> crops;
  double decode_scale = 1.0;
};
// Reads a photo, returns its crops and writes them to `out`, normalised: how.crops x C x H x W floats. Adds
// the stages "decode" and "preprocess" to `trace` unless it is null. Throws ImageError, also if there is not
// enough memory.
PhotoInput read_photo_input(const std::string& path, const image::Preprocess& input, const Reading& how,
                            float* out, RunTrace* trace = nullptr);

// Returns the file that describes the model's layers: network.json in a model folder, or the model file
// itself.
std::string description_file(const Model& model);

// Prints "alexnet: PATH: STAGE: REASON" on standard error.
void print_failure(const std::string& path, const ImageError& error);

// Returns the model without the layers after `layer`. Throws ModelError if it has no layer of this name.
Model ending_at(Model model, const std::string& layer);

// A model and its network, ready to run.
struct Session {
  // Makes the network. Throws ModelError.
  Session(Model opened, const EngineOptions& options);

  const std::string& name() const { return model.description.name; }
  const image::Preprocess& input() const { return model.description.input; }

  // Throws ModelError unless the network ends in a softmax over at least two classes.
  void require_classifier() const;

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
