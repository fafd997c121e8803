// Exceptions that the library throws. The library itself never prints or exits.
//
//   #include <alexnet/classifier.hpp>
//   try {
//     const alexnet::Classifier classifier("tiny-alexnet");
//     classifier.classify("cat.jpg");
//   } catch (const alexnet::ModelError& error) {  // weights.safetensors: conv1.weight: is missing
//   } catch (const alexnet::ImageError& error) {  // JPEG: the data end too early
//   }
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace alexnet {

// The request cannot be met: an option is wrong, files do not go together, or there is not enough memory.
// what() is the reason; it begins with the option or the file, if there is one.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A model, its weights or its labels cannot be used. what() is "file: field: reason", or "file: reason" if
// `field` is empty.
class ModelError : public std::runtime_error {
 public:
  ModelError(const std::string& file, const std::string& field, const std::string& reason)
      : std::runtime_error(file + ": " + (field.empty() ? "" : field + ": ") + reason) {}
};

// A model has no weights.
class MissingWeights : public ModelError {
 public:
  using ModelError::ModelError;
};

// There is no model of this name. Thrown by the command, which knows what can be downloaded.
class UnknownModel : public ModelError {
 public:
  // published: name of the model that can be fetched instead, or "".
  UnknownModel(const std::string& name, const std::string& reason, std::string published)
      : ModelError(name, "", reason), published_(std::move(published)) {}
  const std::string& published() const { return published_; }

 private:
  std::string published_;
};

// Steps that an image goes through. The library reads, decodes and preprocesses it; the program also lists,
// classifies and sorts it.
enum class Stage { list, read, decode, preprocess, network, sort };
inline constexpr std::array<std::string_view, 6> kStageNames{"list",       "read",    "decode",
                                                             "preprocess", "network", "sort"};
// Returns the name that outputs show: "decode".
inline std::string to_string(Stage stage) {
  return std::string(kStageNames[static_cast<std::size_t>(stage)]);
}

// One image cannot be used. Other images are not affected. what() is the reason.
class ImageError : public std::runtime_error {
 public:
  // stage: the step that failed.
  ImageError(Stage stage, const std::string& reason) : std::runtime_error(reason), stage_(stage) {}
  Stage stage() const { return stage_; }

 private:
  Stage stage_;
};

// An output cannot be written. what() is "file: reason".
class OutputError : public std::runtime_error {
 public:
  OutputError(const std::string& file, const std::string& reason)
      : std::runtime_error(file + ": " + reason) {}
};

}  // namespace alexnet
#pragma GCC visibility pop
