// Limits set by the cgroups of this process.
#pragma once

#include <filesystem>
#include <string>

namespace alexnet {

// Reads a limit from the folder of a cgroup. Returns infinity if the cgroup sets no limit.
using CgroupLimit = double (*)(const std::filesystem::path& folder);

// Returns the smallest limit among the cgroups of this process and all their ancestors. `v2` reads the limits
// of cgroup v2; `v1` reads those of the v1 hierarchy that has `controller`. `root` is the folder that
// contains proc and sys.
double cgroup_limit(const std::filesystem::path& root, const std::string& controller, CgroupLimit v2,
                    CgroupLimit v1);

}  // namespace alexnet
