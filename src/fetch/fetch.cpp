#include "fetch/fetch.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

#include "alexnet/error.hpp"
#include "alexnet/model.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/file.hpp"
#include "core/mapped_file.hpp"
#include "core/module.hpp"
#include "fetch/http.hpp"
#include "network/model.hpp"
#include "network/save_model.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

void discard(const fs::path& file) {
  std::error_code ignored;
  fs::remove_all(file, ignored);
}

void move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw OutputError(to.string(), error.message());
}

// Links the file under a name from the catalogue, so that neither its own name nor the files beside it
// matter.
void link(const fs::path& file, const fs::path& place) {
  std::error_code error;
  discard(place);
  fs::create_symlink(fs::absolute(file), place, error);
  if (error) throw OutputError(place.string(), error.message());
}

// Creates the folder of one model's download and locks it against other processes until the returned file is
// closed.
File lock_folder(const fs::path& folder, const std::string& name) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw OutputError(folder.string(), error.message());
  // A catalogue's file names never begin with a dot, so .lock is free.
  File lock = File::open(folder / ".lock", O_RDWR | O_CREAT);
  if (!lock.lock()) throw ModelError(name, "", "another process is fetching it");
  return lock;
}

// Returns "" if the file has the checksum, else the mismatch.
std::string mismatch(const HttpModule& http, const fs::path& file, const Checksum& checksum) {
  const std::string digest = http.digest(file.string(), MappedFile(file).bytes(), checksum.algorithm);
  if (digest.starts_with(checksum.digits)) return "";
  return "expected " + checksum.digits + (checksum.digits.size() < digest.size() ? "..." : "") + ", found " +
         digest;
}

// Sleeps for `time`. Returns false if interrupted.
bool pause(std::chrono::milliseconds time, const FetchOptions& options) {
  constexpr std::chrono::milliseconds kBetween{50};
  for (; time.count() > 0 && !options.interrupted(); time -= kBetween) std::this_thread::sleep_for(kBetween);
  return !options.interrupted();
}

// Downloads the whole file to `part` and verifies its checksum. Returns false if interrupted. Throws
// ModelError about the address.
bool download_from(const HttpModule& http, const std::string& url, const CatalogueEntry& entry,
                   const fs::path& part, const FetchOptions& options) {
  using enum Ended::How;
  constexpr int kTries = 4;
  constexpr std::chrono::milliseconds kFirstPause{500};
  constexpr std::uint64_t kSlack = std::uint64_t{1} << 20;
  const std::uint64_t max_bytes = 2 * static_cast<std::uint64_t>(entry.about_bytes()) + kSlack;
  const Transfer transfer{url, part, max_bytes, options.agent, options.interrupted, options.progress};
  std::error_code ignored;
  bool pieces = fs::file_size(part, ignored) > 0 && !ignored;  // true if several transfers made the file
  for (int tries = 1;;) {
    const Ended ended = http.transfer(transfer);
    switch (ended.how) {
      case interrupted:
        return false;
      case complete: {
        const std::string wrong = mismatch(http, part, entry.checksum);
        if (wrong.empty()) return true;
        discard(part);
        if (!pieces) throw ModelError(url, entry.checksum.algorithm, wrong);
        pieces = false;  // the file may have changed between transfers: retry as one transfer
        break;
      }
      case no_resume:
        if (!pieces) throw ModelError(url, "", escape_for_terminal(ended.reason, kExcerpt));
        discard(part);
        pieces = false;
        break;
      case truncated:
        if (tries == kTries) throw ModelError(url, "", escape_for_terminal(ended.reason, kExcerpt));
        if (!pause(kFirstPause * (1 << (tries - 1)), options)) return false;
        ++tries;
        pieces = true;
        break;
      case failed:
        throw ModelError(url, "", escape_for_terminal(ended.reason, kExcerpt));
      case too_large:
        discard(part);
        throw ModelError(url, "",
                         "is larger than the " + std::to_string(max_bytes) + " bytes that are accepted");
    }
  }
}

enum class Got { file, interruption, nothing };

Got download(const HttpModule& http, const CatalogueEntry& entry, const fs::path& part,
             const FetchOptions& options) {
  for (const std::string& url : entry.urls) {
    try {
      return download_from(http, url, entry, part, options) ? Got::file : Got::interruption;
    } catch (const ModelError& error) {
      options.note(error.what());
    }
  }
  return Got::nothing;
}

// Returns the labels of the entry; "" means the file's own.
fs::path labels_file(const CatalogueEntry& entry) {
  if (entry.labels.empty()) return {};
  if (fs::path file = find_labels(entry.labels); !file.empty()) return file;
  throw ModelError(entry.name, "labels", "no folder of models has labels/" + entry.labels + ".txt");
}

void convert(const fs::path& file, const CatalogueEntry& entry, const fs::path& place) {
  ImportOptions options;
  options.labels = labels_file(entry);
  options.preset = entry.preset;
  options.mean = entry.mean;
  Model model = open_model(file, options);
  model.description.name = entry.name;
  model.description.source = entry.source + " (" + entry.file + ")";
  model.description.licence = entry.licence;
  model.description.accuracy = entry.accuracy;
  save_model(model, place);
}

}  // namespace

fs::path fetched_model(const CatalogueEntry& entry) {
  const fs::path folder = user_models();
  if (folder.empty())
    throw ModelError(entry.name, "", "no folder for models: set HOME or XDG_DATA_HOME to an absolute path");
  return folder / (entry.name + ".safetensors");
}

bool fetch_model(const CatalogueEntry& entry, const FetchOptions& options) {
  const fs::path place = fetched_model(entry);
  const fs::path folder = place.parent_path() / ".downloads" / entry.name;
  const fs::path whole = folder / entry.file;
  if (is_there(place)) return true;
  const std::string advice = "use --from to convert a copy of " + entry.file + " that you have";
  if (options.offline && options.from.empty() && !is_there(whole))
    throw ModelError(entry.name, "",
                     "has not been downloaded; it comes from " + entry.urls.front() + "; " + advice);

  const auto& http = module<HttpModule>("http");
  const File lock = lock_folder(folder, entry.name);
  if (is_there(place)) return true;  // the process that held the lock fetched it
  if (options.from.empty() && !is_there(whole)) {
    const fs::path part = folder / (entry.file + ".part");
    const Got got = download(http, entry, part, options);
    if (got == Got::nothing) throw ModelError(entry.name, "", "cannot be downloaded; " + advice);
    if (got == Got::interruption) return false;
    move_file(part, whole);
  }
  const fs::path& file = options.from.empty() ? whole : options.from;
  if (const std::string wrong = mismatch(http, file, entry.checksum); !wrong.empty()) {
    if (options.from.empty()) discard(whole);  // it was correct when downloaded, so it is damaged now
    throw ModelError(file.string(), entry.checksum.algorithm, wrong);
  }
  const fs::path converted = folder / ".converted.safetensors";
  const fs::path copy = folder / (".copy" + whole.extension().string());
  if (!options.from.empty()) link(options.from, copy);
  convert(options.from.empty() ? whole : copy, entry, converted);
  if (options.interrupted()) {
    discard(converted);
    return false;
  }
  move_file(converted, place);
  discard(folder);
  return true;
}

}  // namespace alexnet
