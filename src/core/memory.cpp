#include "core/memory.hpp"

#include <sys/resource.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <limits>

#include "alexnet/error.hpp"
#include "core/cgroup.hpp"

namespace alexnet {
namespace {

namespace fs = std::filesystem;

double limit_in(const fs::path& file) {
  std::ifstream in(file);
  double bytes = 0.0;  // the v2 file contains "max" if there is no limit
  return in >> bytes && bytes > 0.0 ? bytes : std::numeric_limits<double>::infinity();
}

std::string gigabytes(std::uint64_t bytes) {
  constexpr double kGigabyte = 1e9;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GB", static_cast<double>(bytes) / kGigabyte);
  return text.data();
}

}  // namespace

std::uint64_t usable_memory(const fs::path& root) {
  const double cgroup = cgroup_limit(
      root, "memory", [](const fs::path& folder) { return limit_in(folder / "memory.max"); },
      [](const fs::path& folder) { return limit_in(folder / "memory.limit_in_bytes"); });
  std::uint64_t usable = std::numeric_limits<std::uint64_t>::max();
  struct sysinfo machine {};
  if (sysinfo(&machine) == 0) {
    const auto bytes = [&](std::uint64_t units) { return units * machine.mem_unit; };
    usable = bytes(machine.totalram);
    if (cgroup < static_cast<double>(usable)) usable = static_cast<std::uint64_t>(cgroup);
    usable += bytes(machine.totalswap);
  }
  rlimit addresses{};
  if (getrlimit(RLIMIT_AS, &addresses) == 0) usable = std::min<std::uint64_t>(usable, addresses.rlim_cur);
  return usable;
}

void require_memory(std::uint64_t bytes, const std::string& what) {
  constexpr std::uint64_t kAlwaysThere = std::uint64_t{64} << 20;  // skips reading /proc and /sys
  if (bytes <= kAlwaysThere) return;
  if (const std::uint64_t usable = usable_memory(); bytes > usable)
    throw UsageError("not enough memory: " + what + " needs " + gigabytes(bytes) +
                     ", but this process can have " + gigabytes(usable));
}

}  // namespace alexnet
