#include "merge/shards.hpp"

#include <algorithm>
#include <stdexcept>

#include "batch/shard.hpp"

namespace alexnet::app {
namespace {

std::string number_of(const ShardOutput& shard) { return shard.run.value("shard", ""); }

}  // namespace

RunIdentity unsharded(RunIdentity run) {
  run["shard"] = to_string(Shard());
  return run;
}

void check_shards(const std::vector<ShardOutput>& shards) {
  const ShardOutput& first = shards.front();
  const int count = parse_shard(number_of(first)).count;
  std::vector<const ShardOutput*> by_number(static_cast<std::size_t>(count));
  for (const ShardOutput& shard : shards) {
    if (!shard.done)
      throw std::runtime_error(shard.file + ": its run did not end: shard " + number_of(shard) +
                               " goes on with --resume");
    const std::string other = difference(unsharded(first.run), unsharded(shard.run));
    if (!other.empty())
      throw std::runtime_error(shard.file + ": " + other + " (as against " + first.file + ")");
    const Shard is = parse_shard(number_of(shard));
    if (is.count != count)
      throw std::runtime_error(shard.file + ": is shard " + to_string(is) + ", and " + first.file + " is " +
                               number_of(first));
    const ShardOutput*& place = by_number[static_cast<std::size_t>(is.number - 1)];
    if (place != nullptr)
      throw std::runtime_error(shard.file + ": is shard " + to_string(is) + ", as is " + place->file);
    place = &shard;
  }
  const auto missing = std::ranges::find(by_number, nullptr);
  if (missing != by_number.end())
    throw std::runtime_error("shard " + std::to_string(missing - by_number.begin() + 1) + "/" +
                             std::to_string(count) + " is missing");
}

}  // namespace alexnet::app
