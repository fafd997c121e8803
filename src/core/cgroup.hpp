// Limits that the process's cgroups set.
#pragma once

#include <filesystem>
#include <string>

namespace alexnet {

// Reads a limit from a cgroup's folder; returns infinity if there is none.
using CgroupLimit = double (*)(const std::filesystem::path& folder);

// Returns the smallest limit of the process's cgroups and of all above them: in v2 as `v2` reads it, and in v1 as `v1` reads
// it from the hierarchy of `controller`. proc and sys lie under `root`.
double cgroup_limit(const std::filesystem::path& root, const std::string& controller, CgroupLimit v2,
                    CgroupLimit v1);

}  // namespace alexnet
