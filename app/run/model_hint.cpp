#include "run/model_hint.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "alexnet/error.hpp"
#include "core/file.hpp"
#include "fetch/catalogue.hpp"
#include "print/stdout_writer.hpp"
#include "print/text.hpp"
#include "run/progress.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBetter = "squeezenet";
constexpr const char* kBetterClasses = "1000";

fs::path folder_in(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? fs::path() : fs::path(value);
}

// Returns the size of the better model's file, or nullopt if no catalogue has it. A broken catalogue is no
// reason to fail here: `alexnet fetch` reports it.
std::optional<std::int64_t> size_of_better() {
  try {
    for (const CatalogueEntry& entry : read_catalogues())
      if (entry.name == kBetter) return entry.about_bytes();
  } catch (const ModelError&) {
  }
  return std::nullopt;
}

}  // namespace

fs::path hint_stamp() {
  if (const fs::path cache = folder_in("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "alexnet/hint";
  if (const fs::path home = folder_in("HOME"); home.is_absolute()) return home / ".cache/alexnet/hint";
  return {};
}

bool renew_stamp(const fs::path& stamp) {
  using Clock = fs::file_time_type::clock;
  constexpr std::chrono::hours kDay{24};
  std::error_code error;
  const auto last = fs::last_write_time(stamp, error);
  if (!error && Clock::now() - last < kDay) return false;
  fs::create_directories(stamp.parent_path(), error);
  if (error) return false;
  try {
    AtomicFile file(stamp);
    file.write_all("");
    file.finish();
  } catch (const OutputError&) {
    return false;
  }
  return true;
}

void print_model_hint(const std::string& chosen, const Model& model) {
  const char* const off = std::getenv("ALEXNET_NO_HINTS");
  if (chosen != kDefaultModel || !error_is_terminal() || (off != nullptr && *off != '\0')) return;
  const auto models = list_models();
  const auto is_better = [](const fs::path& path) { return model_name(path) == kBetter; };
  if (std::ranges::any_of(models, is_better)) return;
  const auto size = size_of_better();
  if (!size) return;
  const fs::path stamp = hint_stamp();
  if (stamp.empty() || !renew_stamp(stamp)) return;
  print_message("note: " + std::string(kDefaultModel) + " knows " + std::to_string(model.labels.size()) +
                " classes; `alexnet fetch " + kBetter + "` (" + bytes(static_cast<double>(*size)) +
                ") knows " + kBetterClasses);
}

}  // namespace alexnet::app
