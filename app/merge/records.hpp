// Shards whose records stand in a file, with a journal: text, JSON Lines, CSV and features.
#pragma once

#include "merge/shards.hpp"

namespace alexnet::app {

// The output is byte for byte what one run would have written. Throws OutputError where it cannot be written, and
// std::runtime_error where the shards do not belong together or were changed.
Merged merge_records(const std::string& output, const std::vector<std::string>& inputs);

}  // namespace alexnet::app
