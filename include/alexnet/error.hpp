// Exceptions that the library throws. The library itself never prints or exits.
//
//   try {
//     const alexnet::Classifier classifier("tiny-alexnet");
//     classifier.classify("cat.jpg");
//   } catch (const alexnet::ModelError& error) {  // weights.safetensors: conv1.weight: is missing
//   } catch (const alexnet::ImageError& error) {  // JPEG: the data end too early
//   }
#pragma once

#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace alexnet {

// A model, its weights or its labels cannot be used. what() is "file: field: reason", or "file: reason" if
// `field` is empty.
class ModelError : public std::runtime_error {
 public:
  ModelError(const std::string& file, const std::string& field, const std::string& reason)
      : std::runtime_error(file + ": " + (field.empty() ? "" : field + ": ") + reason) {}
};

// One image cannot be used. Other images are not affected. what() is the reason.
class ImageError : public std::runtime_error {
 public:
  // `stage` names the step that failed: "read", "decode" or "preprocess" in the library; the program also
  // uses "list" and "sort".
  ImageError(std::string stage, const std::string& reason)
      : std::runtime_error(reason), stage_(std::move(stage)) {}
  const std::string& stage() const { return stage_; }

 private:
  std::string stage_;
};

// An output cannot be written. what() is "file: reason".
class OutputError : public std::runtime_error {
 public:
  OutputError(const std::string& file, const std::string& reason)
      : std::runtime_error(file + ": " + reason) {}
};

}  // namespace alexnet
#pragma GCC visibility pop
