// Catalogue of published models that can be downloaded by name. The format is documented in
// models/catalogue.schema.json.
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
  std::string digits;     // the digest or a prefix of it, lower-case hexadecimal
};

struct CatalogueEntry {
  std::string name;
  std::string source;             // author of the model
  std::string file;               // published file name; its extension determines the format
  std::vector<std::string> urls;  // preferred address first, then mirrors
  std::int64_t parameters = 0;
  Checksum checksum;
  std::string licence;
  std::string labels;  // NAME of labels/NAME.txt in a model folder; "": use the file's own
  std::string preset;  // "": use the file's own
  std::string mean;    // overrides that of the preset: "104,117,123" in the network's channel order
  std::optional<Accuracy> accuracy;

  std::optional<std::int64_t> bytes;  // size of the file

  // Returns the file size in bytes; the approximate size, assuming float32, if it is unknown.
  std::int64_t about_bytes() const { return bytes.value_or(parameters * 4); }
};

// Throws ModelError if the file cannot be read or is invalid.
std::vector<CatalogueEntry> read_catalogue(const std::filesystem::path& file);

// Returns the entries of every catalogue.json in the model folders. If two have the same name, the first one
// wins. Throws ModelError.
std::vector<CatalogueEntry> read_catalogues();

// Returns the entry with this name. Throws UnknownModel if there is none; the error suggests the nearest
// name.
const CatalogueEntry& find_entry(const std::vector<CatalogueEntry>& catalogue, const std::string& name);

// Does the same as find_model, except that the error for an unknown name is UnknownModel, which suggests a
// similar name or lists the known names.
std::filesystem::path find_known_model(const std::string& path_or_name);

}  // namespace alexnet
