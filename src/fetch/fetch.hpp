// A published model, downloaded, checked, converted, and put among the user's own models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "fetch/catalogue.hpp"

namespace alexnet {

struct FetchOptions {
  std::filesystem::path from;  // a file that is there already, in place of the download; "": none
  bool offline = false;        // only what was downloaded before
  std::string agent;           // what servers are told of who asks
  std::function<bool()> interrupted;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // bytes; a total of 0 is unknown
  std::function<void(const std::string&)> note;                           // an address that fails, and why
};

// Where the model is when it was fetched: NAME.safetensors in user_models(). Throws ModelError where that is nowhere.
std::filesystem::path fetched_model(const CatalogueEntry& entry);

// Does nothing where the model is there. What has been downloaded lies in .downloads/NAME beside the models until the
// model is complete, and a later call goes on with it. False where it was interrupted. Throws ModelError, also where
// another process fetches the same model, and OutputError.
bool fetch_model(const CatalogueEntry& entry, const FetchOptions& options);

}  // namespace alexnet
