// Shards that are SQLite databases.
#pragma once

#include "merge/shards.hpp"

namespace alexnet::app {

// The output holds what the database of one run would; only the ids of its rows differ. It appears as a whole or not at all.
// Throws OutputError where it cannot be written, and std::runtime_error where the shards do not belong together.
Merged merge_databases(const std::string& output, const std::vector<std::string>& inputs);

}  // namespace alexnet::app
