// What classify, time and batch have in common: a model made ready, and a photo named by it.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "image/image.hpp"
#include "network/model.hpp"

namespace alexnet::app {

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Options that several commands share.
void add_model_option(CLI::App& command, std::string& model);
void add_threads_option(CLI::App& command, int& threads);
void add_background_option(CLI::App& command, std::optional<image::Rgb>& background);

// Runs work() with the number of threads (0: as many as this process may use).
int with_threads(int threads, const std::function<int()>& work);

struct Session {
  // Throws ModelError.
  explicit Session(const std::string& path_or_name, std::optional<std::uint64_t> seed = std::nullopt);

  const std::string& name() const { return model.description.name; }
  const image::Preprocess& input() const { return model.description.input; }

  // Throws ModelError unless the network ends in one probability for each class.
  void require_classifier() const;

  // Reads an image file, or standard input where path is "-", and writes what the network sees of it to `out` (CHW);
  // returns the same as pixels. Throws ImageError.
  image::Image read_input(const std::string& path, std::optional<image::Rgb> background, float* out) const;

  // Once, where a result is not a number: says on standard error which weights are to blame.
  void warn_of_nan(std::span<const Prediction> predictions);

  Stopwatch watch;
  Model model;
  Network network;
  double load_ms;
  bool warned = false;
};

// Reads an image file, or standard input where path is "-". Throws ImageError.
image::Image read_image(const std::string& path, std::optional<image::Rgb> background);

// Throws std::runtime_error where the output that is about to be written is a file that is being read. "-" is a stream.
void refuse_to_overwrite(const std::string& input, const std::string& output);

}  // namespace alexnet::app
