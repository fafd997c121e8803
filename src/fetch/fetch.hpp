// Downloads a published model, verifies its checksum, converts it, and stores it among the user's own models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "fetch/catalogue.hpp"

namespace alexnet {

struct FetchOptions {
  std::filesystem::path from;  // local copy to use instead of downloading; "": download
  bool offline = false;        // use only what is already downloaded
  std::string agent;           // User-Agent header
  std::function<bool()> interrupted;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // bytes; total is 0 if unknown
  std::function<void(const std::string&)> note;  // receives each failed address and the reason
};

// Returns the path of the fetched model: NAME.safetensors in user_models(). Throws ModelError if there is no
// such folder.
std::filesystem::path fetched_model(const CatalogueEntry& entry);

// Fetches the model unless it exists. Keeps partial downloads in .downloads/NAME next to the models, and a
// later call resumes them. Returns false if interrupted. All functions in options must be set. Throws
// ModelError, also if another process is fetching the same model, and OutputError.
bool fetch_model(const CatalogueEntry& entry, const FetchOptions& options);

}  // namespace alexnet
