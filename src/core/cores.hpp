// Number of CPU cores that this process may use.
#pragma once

#include <filesystem>

namespace alexnet {

// Returns the number of cores in the affinity mask, or the smallest CPU quota of the process's cgroups
// (cpu.max in v2, cpu.cfs_quota_us in v1), rounded up, if that is lower. Returns at least 1. `root` is the
// folder that contains proc and sys; if it does not contain them, there is no quota.
int usable_cores(const std::filesystem::path& root = "/");

}  // namespace alexnet
