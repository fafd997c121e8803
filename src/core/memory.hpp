// How much memory there is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace alexnet {

// Returns how many bytes of memory this process can have at most: the machine's memory and swap, or less if one of its
// cgroups (v2's memory.max, v1's memory.limit_in_bytes) or its limit of address space says so. proc and sys lie under `root`.
std::uint64_t usable_memory(const std::filesystem::path& root = "/");

// Throws std::runtime_error, with both numbers, if `what` needs more bytes than this process can have. Without this check
// the kernel would kill the process when the memory is used.
void require_memory(std::uint64_t bytes, const std::string& what);

}  // namespace alexnet
