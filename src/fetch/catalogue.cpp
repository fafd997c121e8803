#include "fetch/catalogue.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "alexnet/error.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/nearest.hpp"
#include "network/json_object.hpp"
#include "network/model.hpp"
#include "network/read_accuracy.hpp"
#include "weights/strict_json.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxFileName = 128;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_hex(char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'); }

// Returns the text of `key`, which must be safe as a file name: no path separators, no leading dot.
std::string file_name(const JsonObject& in, const char* key, bool capitals, std::size_t longest) {
  std::string name = in.text(key);
  const auto letter = [capitals](char c) {
    return is_lower_or_digit(c) || (capitals && c >= 'A' && c <= 'Z');
  };
  const auto fits = [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; };
  if (name.empty() || name.size() > longest || !letter(name[0]) || !std::ranges::all_of(name, fits))
    in.fail(key, in_quotes(name) + " must be 1 to " + std::to_string(longest) +
                     (capitals ? " letters" : " lower-case letters") +
                     ", digits, '.', '_' and '-', with a letter or a digit first");
  return name;
}

std::vector<std::string> read_urls(const JsonObject& in) {
  const nlohmann::json& list = in.value("urls");
  const auto is_url = [](const nlohmann::json& url) {
    if (!url.is_string()) return false;
    const auto& text = url.get_ref<const std::string&>();
    return (text.starts_with("http://") || text.starts_with("https://")) && !text.ends_with("//") &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  };
  if (!list.is_array() || list.empty() || !std::ranges::all_of(list, is_url))
    in.fail("urls", "must be an array of addresses that begin with http:// or https://");
  return list.get<std::vector<std::string>>();
}

Checksum read_checksum(const JsonObject& in) {
  struct Kind {
    const char* key;
    const char* algorithm;
    std::size_t min;
    std::size_t max;
  };
  constexpr std::size_t kSha1 = 40;
  constexpr std::size_t kSha256 = 64;
  constexpr std::size_t kPrefix = 8;
  std::optional<Checksum> checksum;
  for (const Kind& kind : {Kind{"sha256", "sha256", kSha256, kSha256},
                           {"sha256_prefix", "sha256", kPrefix, kSha256 - 1},
                           {"sha1", "sha1", kSha1, kSha1}}) {
    if (!in.has(kind.key)) continue;
    if (checksum) in.fail(kind.key, "there is another checksum; give one");
    checksum = Checksum{kind.algorithm, in.text(kind.key)};
    const std::string& digits = checksum->digits;
    if (digits.size() < kind.min || digits.size() > kind.max || !std::ranges::all_of(digits, is_hex))
      in.fail(kind.key, "must be " + std::to_string(kind.min) +
                            (kind.max == kind.min ? "" : " to " + std::to_string(kind.max)) +
                            " lower-case hexadecimal digits");
  }
  if (!checksum) in.fail("sha256", "is missing, and sha256_prefix and sha1 are too");
  return *checksum;
}

CatalogueEntry read_entry(const JsonObject& in) {
  in.allow({"name", "source", "file", "urls", "parameters", "sha256", "sha256_prefix", "sha1", "licence",
            "labels", "preset", "mean", "bytes", "accuracy"});
  CatalogueEntry entry;
  entry.name = file_name(in, "name", false, kMaxName);
  entry.source = in.text("source");
  entry.file = file_name(in, "file", true, kMaxFileName);
  entry.urls = read_urls(in);
  entry.parameters = in.integer("parameters");
  if (entry.parameters < 1) in.fail("parameters", "must be at least 1");
  entry.checksum = read_checksum(in);
  entry.licence = in.text("licence", "");
  if (in.has("labels")) entry.labels = file_name(in, "labels", false, kMaxName);
  const std::vector<std::string> presets = preset_names();
  if (in.has("preset")) entry.preset = presets[in.choice("preset", presets, 0)];
  if (in.has("mean")) {
    for (const double value : in.three_numbers("mean", {})) {
      std::array<char, 32> digits{};
      entry.mean += (entry.mean.empty() ? "" : ",") +
                    std::string(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    }
  }
  if (in.has("bytes")) {
    entry.bytes = in.integer("bytes");
    if (*entry.bytes < 1) in.fail("bytes", "must be at least 1");
  }
  if (in.has("accuracy")) entry.accuracy = read_accuracy(in.object("accuracy"));
  return entry;
}

// Returns the error for the name of a model that was not found. `plain` is the reason if nothing is known
// about the name.
UnknownModel absence(const std::string& name, const std::string& plain) {
  std::vector<std::string> here;
  for (const fs::path& model : list_models()) here.push_back(model_name(model));
  std::vector<std::string> published;
  for (const CatalogueEntry& entry : read_catalogues())
    if (std::ranges::find(here, entry.name) == here.end()) published.push_back(entry.name);
  if (std::ranges::find(published, name) != published.end())
    return {name, "this published model has not been downloaded", name};
  std::vector<std::string> known = here;
  known.insert(known.end(), published.begin(), published.end());
  const std::string like = nearest(name, known);
  const bool is_published = std::ranges::find(published, like) != published.end();
  if (!like.empty()) return {name, "no such model" + did_you_mean(like), is_published ? like : ""};
  return {name,
          plain + (here.empty() ? "" : "; models: " + join(here)) +
              (published.empty() ? "" : "; published models: " + join(published)),
          ""};
}

}  // namespace

std::vector<CatalogueEntry> read_catalogue(const fs::path& file) {
  const nlohmann::json json = read_json(file, kMaxBytes);
  const JsonObject root(json, file.string(), "");
  root.allow({"$schema", "about", "models"});
  const nlohmann::json& list = root.value("models");
  if (!list.is_array()) root.fail("models", std::string("is ") + list.type_name() + ", must be an array");
  std::vector<CatalogueEntry> entries;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = "models[" + std::to_string(i) + "]";
    entries.push_back(read_entry(JsonObject(list[i], file.string(), place)));
    if (!names.insert(entries.back().name).second)
      root.fail(place + ".name", "a model before it is called " + in_quotes(entries.back().name) + " too");
  }
  return entries;
}

std::vector<CatalogueEntry> read_catalogues() {
  std::vector<CatalogueEntry> all;
  std::set<std::string> names;
  for (const fs::path& folder : model_folders()) {
    const fs::path file = folder / "catalogue.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    for (CatalogueEntry& entry : read_catalogue(file))
      if (names.insert(entry.name).second) all.push_back(std::move(entry));
  }
  return all;
}

fs::path find_known_model(const std::string& path_or_name) {
  try {
    return find_model(path_or_name);
  } catch (const ModelError& e) {
    if (path_or_name.empty() || path_or_name.find('/') != std::string::npos ||
        is_model_file_name(path_or_name))
      throw;
    const std::string plain = std::string(e.what()).substr(path_or_name.size() + 2);
    throw absence(path_or_name, plain);
  }
}

const CatalogueEntry& find_entry(const std::vector<CatalogueEntry>& catalogue, const std::string& name) {
  const auto found = std::ranges::find(catalogue, name, &CatalogueEntry::name);
  if (found != catalogue.end()) return *found;
  std::vector<std::string> names;
  names.reserve(catalogue.size());
  for (const CatalogueEntry& entry : catalogue) names.push_back(entry.name);
  const std::string like = nearest(name, names);
  throw UnknownModel(name, "no such model in the catalogue" + did_you_mean(like), like);
}

}  // namespace alexnet
