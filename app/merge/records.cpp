#include "merge/records.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "alexnet/error.hpp"
#include "batch/output/feature_sink.hpp"
#include "batch/output/result_format.hpp"
#include "batch/output/resumable_file.hpp"
#include "run/record_format.hpp"

namespace alexnet::app {
namespace {

struct Part {
  std::string file;
  File records;
  Journal journal;
};

// A record and its offset in the shard's file.
struct RecordRef {
  const Part* part;
  const JournalEntry* entry;
  std::uint64_t offset;
};

Part open_part(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) throw UsageError(file + ": no such file; check the name");
  if (std::filesystem::is_directory(file, ignored))
    throw UsageError(file + ": is a folder; name the outputs of the shards");
  std::optional<Journal> journal = read_journal(journal_name(file));
  if (!journal)
    throw UsageError(file + ": its journal " + journal_name(file) +
                     " is missing; put it beside the file, or run the shard again");
  Part part{file, File::open(file, O_RDONLY), std::move(*journal)};
  if (!part.records.lock(File::Lock::shared)) throw UsageError(file + ": a run is writing it");
  return part;
}

// Returns all records in list order. prologue: length of each file's prologue in bytes. Throws
// UsageError if a path has two records, or if `check` fails.
std::vector<RecordRef> in_order(const std::vector<Part>& parts, std::size_t prologue, PositionCheck& check) {
  std::vector<RecordRef> records;
  PathSet seen;
  for (const Part& part : parts) {
    std::uint64_t offset = prologue;
    for (const JournalEntry& entry : part.journal.entries) {
      if (!seen.insert(path_key(entry.path)))
        throw UsageError(part.file + ": " + entry.path + ": occurs twice");
      check.add(part.file, entry.path, entry.index);
      records.push_back({&part, &entry, offset});
      offset += entry.length;
    }
  }
  check.finish();
  // Two records can have the same position with --order none (several lists) or --move (a shrinking list).
  std::ranges::stable_sort(records, {},
                           [](const RecordRef& r) { return std::pair(r.entry->index, r.entry->path); });
  return records;
}

std::string read_record(const RecordRef& record) {
  return reading_shard([&] { return record.part->records.pread(record.offset, record.entry->length); });
}

// Throws UsageError unless the file has these bytes at this offset.
void check_bytes(const Part& part, std::uint64_t offset, const std::string& bytes, const char* what) {
  if (part.records.pread(offset, bytes.size()) != bytes)
    throw UsageError(part.file + ": its " + what + " was changed after it was written");
}

// Throws UsageError unless the shard's file holds exactly what its journal says.
void check_part(const Part& part, const ResumeKey& run, const std::string& prologue, bool features) {
  std::string header = prologue;
  std::string paths;
  if (features) {
    std::vector<std::string> good;
    for (const JournalEntry& entry : part.journal.entries)
      if (!entry.failed) good.push_back(entry.path);
    FeatureFrame frame = feature_frame(run, good);
    header = std::move(frame.header);
    paths = std::move(frame.paths);
  }
  check_bytes(part, 0, header, "beginning");
  std::uint64_t offset = prologue.size();
  for (const JournalEntry& entry : part.journal.entries) {
    if (is_torn(entry, part.records, offset))
      throw UsageError(part.file + ": " + entry.path + ": its record was changed after it was written");
    offset += entry.length;
  }
  check_bytes(part, offset, paths, "end");
  offset += paths.size();
  if (part.records.size() != offset)
    throw UsageError(part.file + ": " + std::to_string(part.records.size() - offset) +
                     " bytes follow its last record; run the shard again with --resume");
}

std::string prologue_of(const ResumeKey& run) {
  const std::string format = run.at("options").value("format", "");
  return format == "csv"        ? csv_header(run.at("options").contains("sort_into"))
         : format == "features" ? feature_prologue(run)
                                : "";
}

}  // namespace

Merged merge_records(const std::string& output, const std::vector<std::string>& inputs, Existing existing) {
  std::vector<Part> parts;
  std::vector<ShardOutput> shards;
  std::size_t records = 0;
  for (const std::string& file : inputs) {
    const Part& part = parts.emplace_back(reading_shard([&] { return open_part(file); }));
    shards.push_back({file, part.journal.run, part.journal.end});
    records += part.journal.entries.size();
  }
  check_shards(shards);
  const ResumeKey run = unsharded(shards.front().run);
  const std::string format = run.at("options").value("format", "");
  const bool features = format == "features";
  check_merged_name(output, inputs.front(), format);
  const std::string prologue = prologue_of(run);
  PositionCheck check(shards, records);
  const std::vector<RecordRef> ordered = in_order(parts, prologue.size(), check);
  // Read and check every shard first, so that nothing is written if one is rejected.
  for (const Part& part : parts) reading_shard([&] { check_part(part, run, prologue, features); });
  ResumableFile out(
      {.file = output, .prologue = prologue, .completes = features, .existing = existing, .whole = true},
      run);
  Merged merged{.images = ordered.size()};
  std::vector<NewRecord> together;
  for (const RecordRef& record : ordered) {
    if (record.entry->failed) ++merged.failures;
    together.push_back({read_record(record), *record.entry});
    constexpr std::size_t kTogether = 1000;
    if (together.size() == kTogether || &record == &ordered.back()) out.append(std::exchange(together, {}));
  }
  if (features) frame_features(out, run);
  out.finish(check.list());
  return merged;
}

}  // namespace alexnet::app
