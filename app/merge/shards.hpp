// The shards of a run, which are to become what one run would have made.
#pragma once

#include <stdexcept>

#include "batch/output/resume_journal.hpp"
#include "core/error.hpp"

namespace alexnet::app {

// What a batch run with --shard made.
struct ShardOutput {
  std::string file;
  RunIdentity run;
  std::optional<EndOfList> end;  // none: the run did not come to the end of its list
};

// Throws std::runtime_error unless they are all the shards of one run, each at its end.
void check_shards(const std::vector<ShardOutput>& shards);
// What the run would have been without --shard.
RunIdentity unsharded(RunIdentity run);

// Checks that the records of all shards are those of one list: each position from 0 to n - 1 is there once. Only their number is
// checked if the positions are those of several lists (--order none), and nothing if images left the list (--move).
class PositionCheck {
 public:
  // records: number of records in all shards. Throws std::runtime_error if the shards' lists had different lengths.
  PositionCheck(const std::vector<ShardOutput>& shards, std::size_t records);
  // A record. Throws std::runtime_error if its position is beyond the list, or that of another record.
  void add(const std::string& file, const std::string& path, std::uint64_t index);
  // To be called after all records. Throws std::runtime_error if one is missing.
  void finish() const;
  // The list of the merged output.
  const EndOfList& list() const { return list_; }

 private:
  std::size_t records_;
  EndOfList list_;
  bool moves_;
  std::vector<bool> seen_;  // by position
};

struct Merged {
  std::size_t images = 0;
  std::size_t failures = 0;
};

// Runs work() on a shard's file. If that cannot be read, the input is at fault: throws std::runtime_error for OutputError.
template <class Work>
auto reading_shard(const Work& work) {
  try {
    return work();
  } catch (const OutputError& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace alexnet::app
