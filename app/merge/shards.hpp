// The shards of a run, which are to become what one run would have made.
#pragma once

#include "batch/journal.hpp"

namespace alexnet::app {

// What a batch run with --shard made.
struct ShardOutput {
  std::string file;
  RunIdentity run;
  bool done = false;
};

// Throws std::runtime_error unless they are all the shards of one run, each at its end.
void check_shards(const std::vector<ShardOutput>& shards);
// What the run would have been without --shard.
RunIdentity unsharded(RunIdentity run);

struct Merged {
  std::size_t images = 0;
  std::size_t failures = 0;
};

}  // namespace alexnet::app
