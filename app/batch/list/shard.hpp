// A run's share of its list, where several machines or processes share one.
#pragma once

#include <string>
#include <string_view>

namespace alexnet::app {

struct Shard {
  int number = 1;  // from 1
  int count = 1;

  // A path belongs to the same shard whatever else is listed.
  bool has(std::string_view path_key) const;
  bool operator==(const Shard&) const = default;
};

std::string to_string(const Shard& shard);  // "1/4"

// "2/4"; "auto", by the environment of a Slurm job array: (SLURM_ARRAY_TASK_ID - _MIN) / _STEP of _COUNT; "auto/4", by
// that or by JOB_COMPLETION_INDEX, which Kubernetes counts from 0. Throws std::runtime_error.
Shard parse_shard(const std::string& text);

}  // namespace alexnet::app
