// Merges shards that are files with a journal: text, JSON Lines, CSV and features.
#pragma once

#include "merge/shards.hpp"
#include "run/output_file.hpp"

namespace alexnet::app {

// Writes what one run would have written, byte for byte. inputs: the shards' files, in any order, at least
// one. Throws OutputError if the output cannot be written. Throws UsageError, before anything is
// written, if the shards do not belong together, were changed or cannot be read, or if the output must not be
// replaced.
Merged merge_records(const std::string& output, const std::vector<std::string>& inputs, Existing existing);

}  // namespace alexnet::app
