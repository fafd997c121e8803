#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "batch/record_file.hpp"
#include "batch/shard.hpp"
#include "commands.hpp"
#include "report/record.hpp"
#include "session.hpp"

namespace alexnet::app {
namespace {

struct MergeOptions {
  std::string output;
  std::vector<std::string> inputs;
};

// What a batch run with --shard wrote.
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

std::string shard_of(const Part& part) { return part.journal.run.value("shard", ""); }

Part open_part(const std::string& file) {
  std::optional<Journal> journal = read_journal(journal_name(file));
  if (!journal) throw std::runtime_error(file + ": has no journal, " + journal_name(file));
  if (!std::filesystem::is_regular_file(file)) throw std::runtime_error(file + ": there is only its journal");
  Part part{file, OutputHandle(file, O_RDONLY), std::move(*journal)};
  if (!part.records.lock(OutputHandle::Lock::with_readers))
    throw std::runtime_error(file + ": a run is writing it");
  if (!part.journal.done)
    throw std::runtime_error(file + ": its run did not end: shard " + shard_of(part) +
                             " goes on with --resume");
  return part;
}

RunIdentity without_shard(RunIdentity run) {
  run.erase("shard");
  return run;
}

// Throws unless they are all the shards of one run.
void check_parts(const std::vector<Part>& parts) {
  const RunIdentity run = without_shard(parts.front().journal.run);
  const int count = parse_shard(shard_of(parts.front())).count;
  std::vector<const Part*> by_number(static_cast<std::size_t>(count));
  for (const Part& part : parts) {
    const std::string other = difference(run, without_shard(part.journal.run));
    if (!other.empty())
      throw std::runtime_error(part.file + ": " + other + " (as against " + parts.front().file + ")");
    const Shard shard = parse_shard(shard_of(part));
    if (shard.count != count)
      throw std::runtime_error(part.file + ": is shard " + to_string(shard) + ", and " + parts.front().file +
                               " is " + shard_of(parts.front()));
    const Part*& place = by_number[static_cast<std::size_t>(shard.number - 1)];
    if (place != nullptr)
      throw std::runtime_error(part.file + ": is shard " + to_string(shard) + ", as is " + place->file);
    place = &part;
  }
  const auto missing = std::ranges::find(by_number, nullptr);
  if (missing != by_number.end())
    throw std::runtime_error("shard " + std::to_string(missing - by_number.begin() + 1) + "/" +
                             std::to_string(count) + " is missing");
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

int merge(const MergeOptions& options) {
  std::vector<Part> parts;
  for (const std::string& file : options.inputs) {
    refuse_to_overwrite(file, options.output);
    parts.push_back(open_part(file));
  }
  check_parts(parts);
  RunIdentity run = parts.front().journal.run;
  run["shard"] = to_string(Shard());
  const std::string prologue = run.at("options").value("format", "") == "csv" ? csv_header() : "";
  const std::vector<Place> places = in_order(parts, prologue.size());
  RecordFile out({.file = options.output, .prologue = prologue, .whole = true}, run);
  std::size_t failures = 0;
  std::vector<NewRecord> records;
  for (const Place& place : places) {
    std::string bytes = place.part->records.read_at(place.offset, place.entry->length);
    if (hash64(bytes) != place.entry->checksum)
      throw std::runtime_error(place.part->file + ": " + place.entry->path +
                               ": its record is not the one that was written");
    if (place.entry->failed) ++failures;
    records.push_back({std::move(bytes), *place.entry});
    constexpr std::size_t kTogether = 1000;
    if (records.size() == kTogether || &place == &places.back()) out.append(std::exchange(records, {}));
  }
  out.finish(true);
  std::fprintf(stderr, "%zu shards, %s images, %s failed\n", parts.size(),
               grouped(static_cast<std::int64_t>(places.size())).c_str(),
               grouped(static_cast<std::int64_t>(failures)).c_str());
  return kWell;
}

}  // namespace

void setup_merge(CLI::App& cli, Command& run) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = cli.add_subcommand("merge", "Join what batch --shard wrote into one output");
  command->add_option("OUT", options->output, "The file to write")->required();
  command->add_option("IN", options->inputs, "The shards' files, each with its journal, in any order")
      ->required();
  command->footer(
      "The shards must be of one model, one list and the same options, all there and each at its end; the "
      "result\n"
      "is what one run would have written.\n\n"
      "Example:\n  alexnet merge all.jsonl shard-*.jsonl");
  command->callback([options, &run] { run = [options] { return merge(*options); }; });
}

}  // namespace alexnet::app
