// Merges shards that are SQLite databases.
#pragma once

#include "merge/shards.hpp"
#include "run/output_file.hpp"

namespace alexnet::app {

// Writes a database that differs from that of one run only in its row ids. Writes it in one transaction: if
// that fails, a new output is removed and an existing one keeps its contents, except that Existing::overwrite
// empties a damaged database first. inputs: the shards' files, in any order, at least one.
// Throws OutputError if the output cannot be written. Throws UsageError if the shards do not belong
// together, are damaged or cannot be read, or if the output must not be replaced.
Merged merge_databases(const std::string& output, const std::vector<std::string>& inputs, Existing existing);

}  // namespace alexnet::app
