// The entries of a zip archive whose entries are stored as they are, so that they can be used where they lie.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>

namespace alexnet::torch {

// The names of all entries, whatever the entries are like. Throws ModelError.
std::set<std::string> zip_names(std::span<const std::byte> archive, const std::string& file);

// An entry's name -> its bytes, which are part of the archive's; zip64 too. Sizes and places are those of the central
// directory: torch leaves them out of the local headers. What the entries hold is not looked at, nor are checksums, so
// that opening takes no time whatever the size. Throws ModelError about `file`: entries that are compressed, encrypted,
// there twice, overlapping or outside are refused by name.
std::map<std::string, std::span<const std::byte>> read_zip(std::span<const std::byte> archive,
                                                           const std::string& file);

}  // namespace alexnet::torch
