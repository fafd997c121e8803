// A run's share of its list, if several machines or processes divide the work.
#pragma once

#include <string>
#include <string_view>

namespace alexnet::app {

struct Shard {
  int number = 1;  // from 1
  int count = 1;

  // Returns true if the path with this key (see path_set.hpp) belongs to the shard. Depends on nothing else
  // in the list.
  bool has(std::string_view path_key) const;
  bool operator==(const Shard&) const = default;
};

// Returns "1/4", for example.
std::string to_string(const Shard& shard);

// Parses the value of --shard:
//   "2/4"     shard 2 of 4
//   "auto"    from the environment of a Slurm job array: (SLURM_ARRAY_TASK_ID - _MIN) / _STEP + 1 of _COUNT
//   "auto/4"  the same or, outside of Slurm, JOB_COMPLETION_INDEX, which Kubernetes counts from 0
// Throws UsageError if the text is invalid or the environment does not give a shard.
Shard parse_shard(const std::string& text);

}  // namespace alexnet::app
