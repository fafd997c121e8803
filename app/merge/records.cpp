#include "merge/records.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "batch/feature_sink.hpp"
#include "batch/record_file.hpp"
#include "report/record.hpp"

namespace alexnet::app {
namespace {

struct Part {
  std::string file;
  OutputHandle records;
  Journal journal;
};

// A record, where it lies.
struct Place {
  const Part* part;
  const JournalEntry* entry;
  std::uint64_t offset;
};

Part open_part(const std::string& file) {
  std::optional<Journal> journal = read_journal(journal_name(file));
  if (!journal) throw std::runtime_error(file + ": has no journal, " + journal_name(file));
  if (!std::filesystem::is_regular_file(file)) throw std::runtime_error(file + ": there is only its journal");
  Part part{file, OutputHandle(file, O_RDONLY), std::move(*journal)};
  if (!part.records.lock(OutputHandle::Lock::with_readers))
    throw std::runtime_error(file + ": a run is writing it");
  return part;
}

// All records in the order of the list. Throws where a path comes twice.
std::vector<Place> in_order(const std::vector<Part>& parts, std::size_t prologue) {
  std::vector<Place> places;
  SeenPaths seen;
  for (const Part& part : parts) {
    std::uint64_t offset = prologue;
    for (const JournalEntry& entry : part.journal.entries) {
      if (!seen.insert(path_key(entry.path)))
        throw std::runtime_error(part.file + ": " + entry.path + ": comes twice");
      places.push_back({&part, &entry, offset});
      offset += entry.length;
    }
  }
  // Where files were added between the runs, two may have one number.
  std::ranges::stable_sort(places, {},
                           [](const Place& p) { return std::pair(p.entry->index, p.entry->path); });
  return places;
}

std::string prologue_of(const RunIdentity& run) {
  const std::string format = run.at("options").value("format", "");
  return format == "csv"        ? csv_header(run.at("options").contains("sort_into"))
         : format == "features" ? feature_prologue(run)
                                : "";
}

}  // namespace

Merged merge_records(const std::string& output, const std::vector<std::string>& inputs) {
  std::vector<Part> parts;
  std::vector<ShardOutput> shards;
  for (const std::string& file : inputs) {
    const Part& part = parts.emplace_back(open_part(file));
    shards.push_back({file, part.journal.run, part.journal.done});
  }
  check_shards(shards);
  const RunIdentity run = unsharded(shards.front().run);
  const bool features = run.at("options").value("format", "") == "features";
  const std::string prologue = prologue_of(run);
  const std::vector<Place> places = in_order(parts, prologue.size());
  RecordFile out({.file = output, .prologue = prologue, .completes = features, .whole = true}, run);
  Merged merged{.images = places.size()};
  std::vector<NewRecord> records;
  for (const Place& place : places) {
    std::string bytes = place.part->records.read_at(place.offset, place.entry->length);
    if (hash64(bytes) != place.entry->checksum)
      throw std::runtime_error(place.part->file + ": " + place.entry->path +
                               ": its record is not the one that was written");
    if (place.entry->failed) ++merged.failures;
    records.push_back({std::move(bytes), *place.entry});
    constexpr std::size_t kTogether = 1000;
    if (records.size() == kTogether || &place == &places.back()) out.append(std::exchange(records, {}));
  }
  if (features) frame_features(out, run);
  out.finish(true);
  return merged;
}

}  // namespace alexnet::app
