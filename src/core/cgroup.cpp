#include "core/cgroup.hpp"

#include <algorithm>
#include <fstream>
#include <limits>

namespace alexnet {
namespace {

namespace fs = std::filesystem;

// Returns the smallest limit of a cgroup and its ancestors, up to the mount point of the hierarchy. In a
// container, the mount point may be the container's own cgroup while the path in /proc is relative to the
// host's root. Then only the mount point exists.
double limit_of(const fs::path& mount, const std::string& cgroup, CgroupLimit limit) {
  double smallest = limit(mount);
  fs::path folder = mount;
  for (const fs::path& name : fs::path("/" + cgroup).lexically_normal().relative_path()) {
    folder /= name;
    smallest = std::min(smallest, limit(folder));
  }
  return smallest;
}

}  // namespace

// Each line of /proc/self/cgroup is ID:CONTROLLERS:PATH. CONTROLLERS is empty for v2.
double cgroup_limit(const fs::path& root, const std::string& controller, CgroupLimit v2, CgroupLimit v1) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  double smallest = std::numeric_limits<double>::infinity();
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string cgroup = line.substr(second + 1);
    if (controllers.empty()) {
      for (const fs::path& mount : {mounts, mounts / "unified"})
        smallest = std::min(smallest, limit_of(mount, cgroup, v2));
    } else if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) {
      smallest = std::min(smallest, limit_of(mounts / controllers, cgroup, v1));
    }
  }
  return smallest;
}

}  // namespace alexnet
