#include "batch/sort/sorter.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <utility>

#include "alexnet/error.hpp"
#include "core/utf8.hpp"
#include "network/class_names.hpp"

namespace alexnet::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnsure = "unsure";
constexpr std::size_t kLongestName = 255;

// Truncates the text to at most `max_bytes` bytes, without splitting a UTF-8 character.
std::string truncated(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && is_continuation_byte(text[max_bytes])) --max_bytes;
  text.resize(max_bytes);
  return text;
}

// Returns the label as a folder name.
std::string safe(const std::string& label) {
  constexpr std::size_t kRoomForId = 55;
  constexpr char kDelete = 0x7F;
  std::string name = short_name(label);
  for (char& c : name)
    if (c == '/' || (c >= 0 && c < ' ') || c == kDelete) c = '_';
  for (std::size_t i = 0; i < name.size() && name[i] == '.'; ++i) name[i] = '_';
  return name.empty() ? "_" : truncated(name, kLongestName - kRoomForId);
}

std::vector<std::string> folder_names(const std::vector<Label>& labels) {
  std::vector<std::string> names;
  names.reserve(labels.size());
  for (const Label& label : labels) names.push_back(safe(label.text));
  const std::vector<std::string> plain = names;
  for (const bool by_id : {true, false}) {
    std::map<std::string, int> count{{kUnsure, 1}};
    for (const std::string& name : names) ++count[name];
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& id = labels[i].id;
      if (count[names[i]] > 1)
        names[i] = plain[i] + " (" + (by_id && !id.empty() ? id : std::to_string(i)) + ")";
    }
  }
  return names;
}

// Returns "cat.jpg" for number 1 and "cat-2.jpg" for number 2.
std::string numbered(const fs::path& name, int number) {
  if (number == 1) return name.string();
  constexpr std::size_t kLongestExtension = 32;
  std::string end = name.extension().string();
  std::string stem = name.stem().string();
  if (end.size() > kLongestExtension) stem += std::exchange(end, "");
  end = "-" + std::to_string(number) + end;
  return truncated(stem, kLongestName - end.size()) + end;
}

bool is_in(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

// Returns the absolute path, with links resolved as far as the path exists and without a slash at the end.
// Throws UsageError if that fails.
fs::path real(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path whole = error ? fs::path() : fs::weakly_canonical(absolute, error);
  if (error) throw UsageError(path + ": " + error.message());
  return whole.has_filename() ? whole : whole.parent_path();
}

}  // namespace

void refuse_to_sort(const ListingOptions& listing, const std::string& into) {
  const fs::path folder = real(into);
  for (const std::string& place : listing.paths) {
    if (place == "-") throw UsageError("--sort-into: standard input cannot be sorted");
    std::error_code ignored;
    if (!fs::is_directory(place, ignored)) continue;
    const fs::path listed = real(place);
    if (listing.recursive && is_in(folder, listed))
      throw UsageError("--sort-into: " + into + ": is inside " + place +
                       ", so -r would list the sorted images; use a folder outside");
    if (folder != listed && is_in(listed, folder))
      throw UsageError("--sort-into: " + place + ": is inside " + into +
                       ", so the sorted images would be listed; use another folder");
  }
}

Sorter::Sorter(SortOptions options, const Model& model)
    : options_(std::move(options)), folders_(folder_names(model.labels)) {
  if (options_.dry_run) return;
  std::error_code error;
  fs::create_directories(options_.into, error);
  if (error) throw OutputError(options_.into, error.message());
  remove_parts(options_.into);
}

std::string Sorter::folder_of(const Record& record, const std::optional<Prediction>& best) const {
  const bool sure = best && !std::isnan(best->probability) && !record.predictions.empty() &&
                    record.predictions.front().index == best->index;
  if (!sure) return kUnsure;
  return folders_.empty() ? class_name(best->index) : folders_[best->index];
}

void Sorter::place(Record& record, const std::optional<Prediction>& best) {
  if (record.failed() || record.left_out) return;
  try {
    record.sorted_to =
        put(Source(record.path, options_.how), fs::path(options_.into) / folder_of(record, best));
  } catch (const ImageError& error) {
    record.fail(error);
  }
}

std::string Sorter::put(const Source& source, const fs::path& folder) {
  const fs::path from = source.file.has_parent_path() ? source.file.parent_path() : ".";
  std::error_code error;
  if (fs::equivalent(from, folder, error)) return source.file.string();  // already there
  error.clear();
  if (!options_.dry_run) fs::create_directories(folder, error);
  if (error) throw OutputError(folder.string(), error.message());
  const fs::path place = choose(source, folder);
  if (source.moves && !options_.dry_run) {
    copied_ = copied_ || !fs::equivalent(place, source.file, error);
    moved_.push_back(source);
  }
  return place.string();
}

fs::path Sorter::choose(const Source& source, const fs::path& folder) {
  const fs::path name = source.file.filename();
  fs::path first = folder / name;
  const auto known = taken_.find(first.string());
  if (known == taken_.end() && try_put(source, first)) return first;
  Taken& taken = known == taken_.end() ? taken_[first.string()] : known->second;
  for (int number = taken.fingerprints.contains(source.fingerprint) ? 1 : taken.next;; ++number) {
    fs::path place = folder / numbered(name, number);
    const bool placed = try_put(source, place);
    taken.fingerprints.insert(placed ? source.fingerprint : fingerprint_at(place));
    taken.next = std::max(taken.next, number + 1);
    if (placed) return place;
  }
}

std::uint64_t Sorter::fingerprint_at(const fs::path& place) const {
  const auto planned = planned_.find(place.string());
  return planned != planned_.end() ? planned->second.fingerprint : fingerprint_of(place);
}

// Places the image or, in a dry run, plans it. Returns false if `place` holds another file.
bool Sorter::try_put(const Source& source, const fs::path& place) {
  if (!options_.dry_run) {
    if (given_.contains(place.string())) return false;
    const bool placed = app::put(source, place, options_.into) || holds(place, source);
    if (placed && source.moves) given_.insert(place.string());
    return placed;
  }
  const auto planned = planned_.find(place.string());
  if (planned != planned_.end()) return !source.moves && same(planned->second, source);
  if (is_taken(place)) return holds(place, source);
  planned_.emplace(place.string(), source);
  return true;
}

void Sorter::remove_moved() {
  if (std::exchange(copied_, false)) sync(options_.into);
  for (const Source& source : std::exchange(moved_, {})) app::remove_moved(source);
}

}  // namespace alexnet::app
