// Memory limits of this process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace alexnet {

// Returns the maximum memory of this process in bytes: min(min(RAM, cgroup limits) + swap, RLIMIT_AS). A
// cgroup limit is memory.max in v2 and memory.limit_in_bytes in v1. root: the folder that contains proc and
// sys.
std::uint64_t usable_memory(const std::filesystem::path& root = "/");

// Throws UsageError, with both numbers, if `bytes` is more than usable_memory(). `what` names the
// consumer in the error. Up to 64 MiB always pass. Without this check, the kernel would kill the process on
// first use of the memory.
void require_memory(std::uint64_t bytes, const std::string& what);

}  // namespace alexnet
