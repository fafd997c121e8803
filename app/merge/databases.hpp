// Shards that are SQLite databases.
#pragma once

#include "merge/shards.hpp"
#include "run/output_handle.hpp"

namespace alexnet::app {

// The output holds what the database of one run would; only the ids of its rows differ. It appears as a whole or not at all.
// Throws OutputError if it cannot be written. Throws std::runtime_error if the shards do not belong together, are damaged or
// cannot be read, and if the output may not be replaced.
Merged merge_databases(const std::string& output, const std::vector<std::string>& inputs, Existing existing);

}  // namespace alexnet::app
