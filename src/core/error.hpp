// The errors that the library throws. Each knows what it is about; nothing in the library prints or exits.
#pragma once

#include <stdexcept>
#include <string>

namespace alexnet {

// A model, its weights or its labels cannot be used. what() is "file: field: reason", or "file: reason" where
// the whole file is at fault.
class ModelError : public std::runtime_error {
 public:
  ModelError(const std::string& file, const std::string& field, const std::string& reason)
      : std::runtime_error(file + ": " + (field.empty() ? "" : field + ": ") + reason) {}
};

// One image cannot be used; others still can. what() is the reason.
class ImageError : public std::runtime_error {
 public:
  // stage: what was being done with the image: "list", "read", "decode" or "preprocess".
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
