// How many threads are worth having.
#pragma once

#include <filesystem>

namespace alexnet {

// The cores that this process may use: those of its affinity mask, or fewer where the CPU quota of one of its cgroups
// (v2's cpu.max, v1's cpu.cfs_quota_us) comes to fewer, rounded up. At least 1. Where proc and sys are not under `root`,
// there is no quota.
int usable_cores(const std::filesystem::path& root = "/");

}  // namespace alexnet
