// Exceptions that the library throws. The library itself never prints or exits.
#pragma once

#include <stdexcept>
#include <string>

namespace alexnet {

// The request of the user cannot be met: a wrong option, or files that do not go together. what() is the
// reason; it begins with the option or the file, if there is one.
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

// There is no model of this name.
class UnknownModel : public ModelError {
 public:
  // published: name of the model that can be fetched instead, or "".
  UnknownModel(const std::string& name, const std::string& reason, std::string published)
      : ModelError(name, "", reason), published_(std::move(published)) {}
  const std::string& published() const { return published_; }

 private:
  std::string published_;
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
