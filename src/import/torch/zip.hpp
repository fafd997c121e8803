// Reads zip archives whose entries are stored without compression, so that they can be used in place.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>

namespace alexnet::torch {

// Returns the names of all entries, of any kind. Throws ModelError.
std::set<std::string> zip_names(std::span<const std::byte> archive, const std::string& file);

// Maps each entry's name to its bytes in the archive. Supports zip64. Takes sizes and offsets from the
// central directory, because torch omits them in the local headers. Does not read the entries or check their
// checksums, so the time does not depend on their size. Throws ModelError about `file` if an entry is
// compressed, encrypted, duplicate, overlapping or outside the archive.
std::map<std::string, std::span<const std::byte>> read_zip(std::span<const std::byte> archive,
                                                           const std::string& file);

}  // namespace alexnet::torch
