#include "merge/shards.hpp"

#include <algorithm>

#include "alexnet/error.hpp"
#include "batch/list/shard.hpp"
#include "batch/output/sqlite_schema.hpp"

namespace alexnet::app {
namespace {

constexpr const char* kAdvice =
    "; run each shard again with --resume, or with --overwrite if images left the list";

std::string number_of(const ShardOutput& shard) { return shard.run.value("shard", ""); }

bool moves_images(const ResumeKey& run) {
  const ResumeKey stored = as_stored(run);
  return stored.value("options.sort_by", "") == "move" && !stored.value("options.dry_run", false);
}

}  // namespace

ResumeKey unsharded(ResumeKey run) {
  run["shard"] = to_string(Shard());
  return run;
}

void check_shards(const std::vector<ShardOutput>& shards) {
  const ShardOutput& first = shards.front();
  const int count = parse_shard(number_of(first)).count;
  std::vector<const ShardOutput*> by_number(static_cast<std::size_t>(count));
  for (const ShardOutput& shard : shards) {
    if (!shard.end)
      throw UsageError(shard.file + ": its run did not finish; continue shard " + number_of(shard) +
                       " with --resume");
    if (const std::optional<RunDifference> other = difference(unsharded(first.run), unsharded(shard.run)))
      throw UsageError(shard.file + ": was written with " + other->second + ", but " + first.file + " with " +
                       other->first + "; merge the shards of one run");
    const Shard is = parse_shard(number_of(shard));
    if (is.count != count)
      throw UsageError(shard.file + ": is shard " + to_string(is) + ", but " + first.file + " is " +
                       number_of(first));
    const ShardOutput*& other = by_number[static_cast<std::size_t>(is.number - 1)];
    if (other != nullptr)
      throw UsageError(shard.file + ": is shard " + to_string(is) + ", as is " + other->file);
    other = &shard;
  }
  const auto missing = std::ranges::find(by_number, nullptr);
  if (missing != by_number.end())
    throw UsageError("shard " + std::to_string(missing - by_number.begin() + 1) + "/" +
                     std::to_string(count) + " is missing");
}

PositionCheck::PositionCheck(const std::vector<ShardOutput>& shards, std::size_t records)
    : records_(records), moves_(moves_images(shards.front().run)) {
  if (moves_) return;
  const ShardOutput* first = nullptr;  // shard whose journal gave the list's length
  for (const ShardOutput& shard : shards) {
    list_.in_order = list_.in_order && shard.end->in_order;
    if (!shard.end->images) continue;
    if (first != nullptr && first->end->images != shard.end->images)
      throw UsageError(shard.file + ": its list had " + std::to_string(*shard.end->images) +
                       " images, but that of " + first->file + " had " + std::to_string(*first->end->images) +
                       kAdvice);
    first = &shard;
  }
  list_.images = first == nullptr ? records : *first->end->images;
  // If there are fewer records than positions, the first missing position is at most `records`.
  seen_.resize(std::min<std::uint64_t>(*list_.images, records + 1));
}

void PositionCheck::add(const std::string& file, const std::string& path, std::uint64_t index) {
  if (moves_ || !list_.in_order) return;
  const std::string where = file + ": " + path + ": has position " + std::to_string(index);
  if (index >= *list_.images)
    throw UsageError(where + " in a list of " + std::to_string(*list_.images) + kAdvice);
  if (index >= seen_.size()) return;
  if (seen_[index]) throw UsageError(where + ", which another record has" + kAdvice);
  seen_[index] = true;
}

void PositionCheck::finish() const {
  if (moves_) return;
  const std::string listed = std::to_string(*list_.images);
  if (!list_.in_order && records_ != *list_.images)
    throw UsageError("the shards hold " + std::to_string(records_) + " records of a list of " + listed +
                     kAdvice);
  if (!list_.in_order) return;
  const auto missing = std::ranges::find(seen_, false);
  if (missing != seen_.end())
    throw UsageError("no shard has the record of position " + std::to_string(missing - seen_.begin()) +
                     " in a list of " + listed + kAdvice);
}

}  // namespace alexnet::app
