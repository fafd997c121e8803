#include "core/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

namespace alexnet {
namespace {

namespace fs = std::filesystem;

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

double affinity_cores() {
  std::array<cpu_set_t, 16>
      mask{};  // of 16,384 CPUs: the call fails where the kernel knows more than it is given room for
  if (sched_getaffinity(0, sizeof mask, mask.data()) != 0) return 1.0;
  return CPU_COUNT_S(sizeof mask, mask.data());
}

// "150000 100000" of a cgroup's cpu.max: 1.5 cores. "max", what is no number, and no file: no quota.
double quota_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double quota = 0.0;
  double period = 0.0;
  return file >> quota >> period && quota > 0.0 && period > 0.0 ? quota / period : kNoQuota;
}

// The same in v1, where -1 stands for no quota.
double quota_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0.0;
  double period = 0.0;
  return quota_file >> quota && period_file >> period && quota > 0.0 && period > 0.0 ? quota / period
                                                                                     : kNoQuota;
}

// The least quota of a cgroup and of all above it, up to where the hierarchy is mounted. A container may see its own
// cgroup there while the kernel tells its path from the host's root: then only the mount point itself is found.
double least_quota(const fs::path& mount, const std::string& cgroup, double (*quota)(const fs::path&)) {
  double least = quota(mount);
  fs::path folder = mount;
  for (const fs::path& name : fs::path("/" + cgroup).lexically_normal().relative_path()) {
    folder /= name;
    least = std::min(least, quota(folder));
  }
  return least;
}

// Each line of /proc/self/cgroup is ID:CONTROLLERS:PATH, for v2 without controllers.
double quota_cores(const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  double least = kNoQuota;
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string cgroup = line.substr(second + 1);
    if (controllers.empty()) {
      for (const fs::path& mount : {mounts, mounts / "unified"})
        least = std::min(least, least_quota(mount, cgroup, quota_v2));
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      least = std::min(least, least_quota(mounts / controllers, cgroup, quota_v1));
    }
  }
  return least;
}

}  // namespace

int usable_cores(const fs::path& root) {
  return std::max(1, static_cast<int>(std::ceil(std::min(affinity_cores(), quota_cores(root)))));
}

}  // namespace alexnet
