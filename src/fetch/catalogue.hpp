// Published models that can be downloaded by name. The format is documented in models/catalogue.schema.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "network/description.hpp"

namespace alexnet {

struct Checksum {
  std::string algorithm;  // "sha1" or "sha256"
  std::string digits;     // of the digest, or of its beginning: lower-case hexadecimal
};

struct CatalogueEntry {
  std::string name;
  std::string source;             // whose model it is
  std::string file;               // as published; its ending tells the format
  std::vector<std::string> urls;  // the first address, then mirrors
  std::int64_t parameters = 0;
  Checksum checksum;
  std::string licence;
  std::string labels;  // labels/NAME.txt in a folder of models; "": the file's own
  std::string preset;  // "": the file's own
  std::optional<Accuracy> accuracy;

  // About the size of the file: float32 numbers.
  std::int64_t about_bytes() const { return parameters * 4; }
};

// Throws ModelError.
std::vector<CatalogueEntry> read_catalogue(const std::filesystem::path& file);

// The entries of every catalogue.json in the model folders; of two with one name the first. Throws ModelError.
std::vector<CatalogueEntry> read_catalogues();

// Throws ModelError, with the nearest name, where the catalogue has none called so.
const CatalogueEntry& find_entry(const std::vector<CatalogueEntry>& catalogue, const std::string& name);

// The same as find_model. The error of a name that is not found says how to fetch the model, which name is near or which
// names there are.
std::filesystem::path find_known_model(const std::string& path_or_name);

}  // namespace alexnet
