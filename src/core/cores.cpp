#include "core/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>

#include "core/cgroup.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

double affinity_cores() {
  // Room for 16,384 CPUs: the call fails if the mask is smaller than the kernel's.
  std::array<cpu_set_t, 16> mask{};
  if (sched_getaffinity(0, sizeof mask, mask.data()) != 0) return 1.0;
  return CPU_COUNT_S(sizeof mask, mask.data());
}

// Returns the quota in cores: 1.5 for "150000 100000" in cpu.max. Returns kNoQuota for "max", for text that
// is not a number, and if there is no file.
double quota_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double quota = 0.0;
  double period = 0.0;
  return file >> quota >> period && quota > 0.0 && period > 0.0 ? quota / period : kNoQuota;
}

// Returns the same for v1, in which -1 means no quota.
double quota_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0.0;
  double period = 0.0;
  return quota_file >> quota && period_file >> period && quota > 0.0 && period > 0.0 ? quota / period
                                                                                     : kNoQuota;
}

}  // namespace

int usable_cores(const fs::path& root) {
  return std::max(
      1,
      static_cast<int>(std::ceil(std::min(affinity_cores(), cgroup_limit(root, "cpu", quota_v2, quota_v1)))));
}

}  // namespace alexnet
