// What the commands have in common: a model made ready, and a photo named by it.
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

// The model that a command works with, and what its file does not say.
struct ModelChoice {
  std::string model = kDefaultModel;  // a path or a name
  ImportOptions import;

  Model open() const { return open_model(find_known_model(model), import); }
};

// How photos are read.
struct Reading {
  std::optional<image::Rgb> background;
  int crops = 1;
  bool exact = false;  // JPEGs are decoded at their full size, however large
};

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Says on standard error what was assumed where the model's files are silent.
void print_notes(const Model& model);

// Runs work() with the number of threads (0: as many as this process may use).
int with_threads(int threads, const std::function<int()>& work);

// Reads an image file, or standard input where path is "-", as large as the preprocessing needs it. Throws ImageError.
image::Image read_photo(const std::string& path, const image::Preprocess& input, const Reading& how);

// What a network sees of a photo, as pixels.
struct PhotoInput {
  std::vector<image::Image> crops;
  double decode_scale = 1.0;
};
// Reads a photo and writes its crops to `out` as well (CHW), one after the other. `trace`, or none, is told of the stages.
// Throws ImageError.
PhotoInput read_photo_input(const std::string& path, const image::Preprocess& input, const Reading& how,
                            float* out, RunTrace* trace = nullptr);

// The file that says what a model's layers are.
std::string description_file(const Model& model);

// On standard error: the one image of a command failed.
void print_failure(const std::string& path, const ImageError& error);

// The model whose network ends after this layer. Throws ModelError where it has none of that name.
Model ending_at(Model model, const std::string& layer);

struct Session {
  // Throws ModelError.
  Session(Model opened, const EngineOptions& options);

  const std::string& name() const { return model.description.name; }
  const image::Preprocess& input() const { return model.description.input; }

  // Throws ModelError unless the network ends in one probability for each class.
  void require_classifier() const;

  PhotoInput read_input(const std::string& path, const Reading& how, float* out) const {
    return read_photo_input(path, input(), how, out, trace);
  }

  // Once, where a result is not a number: says on standard error which weights are to blame.
  void warn_of_nan(std::span<const Prediction> predictions);

  Model model;
  Network network;
  bool warned = false;
  RunTrace* trace = nullptr;  // told of the stages of read_input()
};

}  // namespace alexnet::app
