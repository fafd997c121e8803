// Checks that shards belong together and can be merged into the output of one run.
#pragma once

#include "alexnet/error.hpp"
#include "batch/output/resume_journal.hpp"

namespace alexnet::app {

// The output of a batch run with --shard.
struct ShardOutput {
  std::string file;
  ResumeKey run;
  std::optional<EndOfList> end;  // none: the run did not reach the end of its list
};

// Throws UsageError unless these are all the shards of one run and each is complete. Expects at least
// one shard.
void check_shards(const std::vector<ShardOutput>& shards);
// Returns the key of the same run without --shard.
ResumeKey unsharded(ResumeKey run);

// Checks that the records of all shards cover one list: each position from 0 to n - 1 occurs exactly once.
// With --order none, positions come from several lists, so only the number of records is checked. With
// --move, images left the list, so nothing is checked.
class PositionCheck {
 public:
  // records: number of records in all shards. Throws UsageError if the list lengths differ.
  PositionCheck(const std::vector<ShardOutput>& shards, std::size_t records);
  // Adds a record of the shard `file`. Throws UsageError if its position is beyond the end of the
  // list or already taken.
  void add(const std::string& file, const std::string& path, std::uint64_t index);
  // Throws UsageError if a record is missing. Call it after all records were added.
  void finish() const;
  // Returns the list of the merged output.
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

// Returns work(), which reads a shard's file. Rethrows OutputError as UsageError, because a shard is
// an input.
template <class Work>
auto reading_shard(const Work& work) {
  try {
    return work();
  } catch (const OutputError& error) {
    throw UsageError(error.what());
  }
}

}  // namespace alexnet::app
